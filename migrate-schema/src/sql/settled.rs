//! PostgreSQL spells some expressions otherwise once it has read its own spelling.
//!
//! `kind IN ('a', 'b')` of a varchar is first `(kind)::text = ANY ((ARRAY['a'::character varying, 'b'::character
//! varying])::text[])`, and read again the cast has moved to the elements. Both mean the same, so they are compared by the
//! second spelling, which stays.

use std::borrow::Cow;

use migrate_chain::Dialect;

use super::cursor::{Token, closing, lex, source, split_at_commas};

/// The spelling that the server arrives at.
pub(crate) fn settled(text: &str) -> Cow<'_, str> {
    let mut settled = Cow::Borrowed(text);
    while let Some(next) = moved(&settled) {
        settled = Cow::Owned(next);
    }
    settled
}

/// The text with the first cast of an array moved to its elements.
fn moved(text: &str) -> Option<String> {
    if !text.contains("(ARRAY[") {
        return None;
    }
    let tokens = lex(text, Dialect::Postgres)?;
    let opens = |at: usize| {
        let token = |more: usize| tokens.get(at + more);
        token(1).is_some_and(|token| token.is_word("ARRAY"))
            && token(2).is_some_and(|token| token.is_symbol(b'['))
    };
    (0..tokens.len()).filter(|&at| opens(at)).find_map(|at| {
        let close = closing(&tokens, at)?;
        let elements = tokens.get(at + 3..close.checked_sub(1)?)?;
        tokens.get(close + 1).filter(|token| token.text == "::")?;
        let of = tokens.get(close + 2..)?;
        let brackets = of.iter().position(|token| token.is_symbol(b'['))?;
        let end = of
            .get(brackets + 1)
            .filter(|token| token.is_symbol(b']'))?
            .end;
        let kind = of
            .get(..brackets)
            .filter(|kind| !kind.is_empty() && is_type(kind))?;
        let kind = source(text, kind);
        let cast = |element: &[Token<'_>]| format!("({})::{kind}", source(text, element));
        let elements: Vec<String> = split_at_commas(elements).into_iter().map(cast).collect();
        let (before, after) = (text.get(..tokens.get(at)?.start)?, text.get(end..)?);
        Some(format!("{before}ARRAY[{}]{after}", elements.join(", ")))
    })
}

/// Whether the tokens are a type's name, and not the rest of an expression up to some bracket.
fn is_type(tokens: &[Token<'_>]) -> bool {
    use migrate_chain::sql::TokenKind;

    tokens.iter().all(|token| match token.kind {
        TokenKind::Word | TokenKind::Name => !["AND", "OR"].iter().any(|word| token.is_word(word)),
        TokenKind::Number => true,
        _ => ["(", ")", ",", "."].contains(&token.text),
    })
}

#[cfg(test)]
mod tests {
    use super::settled;

    #[test]
    fn a_cast_of_an_array_is_that_of_its_elements() {
        assert_eq!(
            settled(
                "((kind)::text = ANY ((ARRAY['a'::character varying, 'b,c'::character varying])::text[])) AND x"
            ),
            "((kind)::text = ANY (ARRAY[('a'::character varying)::text, ('b,c'::character varying)::text])) AND x"
        );
        for other in [
            "x = ANY (ARRAY[1, 2])",
            "(ARRAY[1, 2])[1] > 0",
            "(ARRAY[a]) = b AND c = (d)::text[]",
        ] {
            assert_eq!(settled(other), other);
        }
    }
}
