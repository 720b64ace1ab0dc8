//! How much is too much: meters (a bucket that fills up, a window that moves on), kept for each of a bounded number of
//! keys, with what others have taken counted in. Pure: time is passed in, and nothing here knows a socket or NATS.

pub mod address;
pub mod bucket;
pub mod keyed;
pub mod limiter;
pub mod meter;
pub mod places;
pub mod shared;
pub mod tally;
pub mod window;

pub use address::AddressKey;
pub use bucket::{Bucket, Quota};
pub use limiter::Limiter;
pub use meter::{Exceeded, Meter, Standing};
pub use places::{Place, Places};
pub use shared::{SharedLimiter, Telling};
pub use window::{Allowance, Window};
