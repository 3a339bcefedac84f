//! Annotations: under GitHub Actions a line of this form shows up beside the file in a review.

use migrate_chain::{Place, Problem, escaped};

use crate::error::Error;

/// `::error file=versions/a.sql,line=4,col=1::message`
pub(crate) fn error(place: Option<&Place>, message: &str) -> String {
    let mut properties = Vec::new();
    if let Some(place) = place {
        properties.push(format!("file={}", property(&place.path)));
        if place.line > 0 {
            properties.push(format!("line={}", place.line));
        }
        if place.column > 0 {
            properties.push(format!("col={}", place.column));
        }
    }
    let space = if properties.is_empty() { "" } else { " " };
    format!("::error{space}{}::{}", properties.join(","), data(message))
}

/// An error, a line for each problem.
pub(crate) fn lines(refusal: &Error) -> Vec<String> {
    match refusal.problems() {
        Some(problems) => problems.iter().map(problem).collect(),
        None => {
            let diagnostic = &refusal.diagnostic;
            vec![error(diagnostic.place.as_ref(), &diagnostic.message)]
        }
    }
}

/// A problem of the versions directory, with what to do about it.
fn problem(problem: &Problem) -> String {
    let mut message = problem.message.clone();
    for help in &problem.help {
        message.push_str(&format!("\nhelp: {help}"));
    }
    error(problem.place.as_ref(), &message)
}

fn data(text: &str) -> String {
    escaped(text)
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_to_the_runner_is_escaped() {
        let place = Place {
            path: "a,b:c.sql".to_owned(),
            line: 4,
            column: 0,
        };
        assert_eq!(
            error(Some(&place), "100% wrong\nhere"),
            "::error file=a%2Cb%3Ac.sql,line=4::100%25 wrong%0Ahere"
        );
        assert_eq!(error(None, "no"), "::error::no");
    }
}
