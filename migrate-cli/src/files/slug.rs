/// The longest slug, in characters; Alembic's limit.
const LONGEST: usize = 40;

/// A message as a part of a file name: its words in lower case, joined by `separator`. Letters of
/// any language stay, Latin ones without their accents; all else parts words.
pub(crate) fn slug(message: &str, separator: char) -> String {
    let mut words: Vec<String> = vec![String::new()];
    for c in message.chars() {
        if is_accent(c) || matches!(c, '\'' | '\u{2019}') {
            continue;
        }
        if c.is_alphanumeric() {
            for lower in c.to_lowercase().filter(|&c| !is_accent(c)) {
                match plain(lower) {
                    Some(plain) => extend(&mut words, plain),
                    None => extend(&mut words, lower.encode_utf8(&mut [0; 4])),
                }
            }
        } else if words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
    }
    let mut slug = String::new();
    for word in words.iter().filter(|word| !word.is_empty()) {
        let length = slug.chars().count();
        if slug.is_empty() {
            slug.extend(word.chars().take(LONGEST));
        } else if length + 1 + word.chars().count() <= LONGEST {
            slug.push(separator);
            slug.push_str(word);
        } else {
            break;
        }
    }
    slug
}

/// A combining accent, which belongs to the letter before it.
fn is_accent(c: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&c)
}

fn extend(words: &mut [String], text: &str) {
    if let Some(word) = words.last_mut() {
        word.push_str(text);
    }
}

/// A Latin letter without what stands on it.
fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'à'..='å' | 'ā' | 'ă' | 'ą' | 'ǎ' | 'ạ'..='ặ' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'ð' | 'ď' | 'đ' => "d",
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' | 'ẹ'..='ệ' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ĥ' | 'ħ' => "h",
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' | 'ỉ' | 'ị' => "i",
        'ĵ' => "j",
        'ķ' => "k",
        'ĺ' | 'ļ' | 'ľ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' | 'ơ' | 'ọ'..='ợ' => "o",
        'œ' => "oe",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s",
        'ß' => "ss",
        'ţ' | 'ť' | 'ŧ' | 'ț' => "t",
        'þ' => "th",
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' | 'ư' | 'ụ'..='ự' => "u",
        'ŵ' => "w",
        'ý' | 'ÿ' | 'ŷ' | 'ỳ'..='ỹ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn messages_of_any_language_become_file_names() {
        for (message, wanted) in [
            ("add users", "add-users"),
            ("  Add `users.email`!  ", "add-users-email"),
            ("don't drop", "dont-drop"),
            ("Größe ändern: Straße", "grosse-andern-strasse"),
            ("cafe\u{301} ÉTÉ", "cafe-ete"),
            ("добавить таблицу", "добавить-таблицу"),
            ("创建用户表", "创建用户表"),
            ("../../etc/passwd", "etc-passwd"),
            ("a\nb\tc\\d", "a-b-c-d"),
            ("!?", ""),
            ("🎉 party", "party"),
            ("İstanbul", "istanbul"),
        ] {
            assert_eq!(slug(message, '-'), wanted, "{message}");
        }
        assert_eq!(slug("add user's email", '_'), "add_users_email");
        let long = slug(&"word ".repeat(30), '-');
        assert_eq!(long, "word-word-word-word-word-word-word-word");
        assert_eq!(slug(&"x".repeat(300), '-').len(), 40);
    }
}
