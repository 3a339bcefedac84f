use std::time::{SystemTime, UNIX_EPOCH};

pub(crate) use migrate_runtime::__private::Utc;

use crate::App;

/// Now, or what `SOURCE_DATE_EPOCH` says, as in builds that must be repeatable.
pub(crate) fn now(app: &App<'_>) -> Utc {
    let given = app
        .variable("SOURCE_DATE_EPOCH")
        .and_then(|seconds| seconds.parse().ok());
    let seconds = given.unwrap_or_else(|| {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        i64::try_from(since.as_secs()).unwrap_or_default()
    });
    Utc::of(seconds)
}
