//! Writing to a versions directory, safely.
