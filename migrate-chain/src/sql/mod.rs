//! The SQL scanner.
