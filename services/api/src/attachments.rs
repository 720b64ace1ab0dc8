//! Uploaded files: from the request into the object store, what is found out about them there, back to those who may have
//! them, and away when nobody can.
#![allow(dead_code, reason = "not wired yet")]

mod disposition;
mod objects;
mod pictures;
pub mod settings;
mod sniff;
mod sound;
mod strip;
mod writer;
