//! What administrators and machines read and change from outside of conversations, and the record of it. Nothing here looks at
//! membership: who may call it is decided by the api's authorities.

pub mod audit;
pub mod conversations;
pub mod reports;
pub mod users;

/// Which part of a list is wanted. Lists are in the order of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window<K> {
    /// From the top, or after a row.
    Onward(Option<K>),
    /// What comes before a row, nearest to it first.
    Back(K),
}

impl<K> Window<K> {
    /// The row to begin at, and whether it is read backwards.
    pub(crate) fn split(self) -> (Option<K>, bool) {
        match self {
            Self::Onward(key) => (key, false),
            Self::Back(key) => (Some(key), true),
        }
    }
}

/// Rows as the list has them, whichever way they were read.
pub(crate) fn in_order<T>(mut rows: Vec<T>, was_read_backwards: bool) -> Vec<T> {
    if was_read_backwards {
        rows.reverse();
    }
    rows
}
