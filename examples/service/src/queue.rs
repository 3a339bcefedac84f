//! The queue, on the tables as the newest revision leaves them.

use postgres::{Client, Error};

pub(crate) fn add(client: &mut Client, text: &str) -> Result<(), Error> {
    client.execute("INSERT INTO job (text) VALUES ($1)", &[&text])?;
    Ok(())
}

/// Does one job that no other worker has in hand; what came of it, or `None` if there is none.
pub(crate) fn work(client: &mut Client) -> Result<Option<String>, Error> {
    let mut transaction = client.transaction()?;
    let job = transaction.query_opt(
        "SELECT id, text FROM job WHERE state = 'queued' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED",
        &[],
    )?;
    let Some(job) = job else {
        return Ok(None);
    };
    let (id, text): (i64, &str) = (job.get(0), job.get(1));
    let words = text.split_whitespace().count();
    let state = if words == 0 { "failed" } else { "done" };
    transaction.execute(
        "UPDATE job SET state = $2::text::job_state, words = $3, worker = $4 WHERE id = $1",
        &[
            &id,
            &state,
            &i64::try_from(words).unwrap_or(i64::MAX),
            &std::process::id().to_string(),
        ],
    )?;
    transaction.commit()?;
    Ok(Some(format!("job {id} {state}: {words} words")))
}
