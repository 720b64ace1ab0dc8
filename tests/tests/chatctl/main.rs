//! `chatctl` as operators use it: what it finds, what it shows, whom it erases.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod doctor;
mod erasure;
mod operator;
mod people;
mod shape;
