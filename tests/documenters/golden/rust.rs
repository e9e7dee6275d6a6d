// Copyright 2024 Somebody. Licensed under Apache-2.0.

//! Parses
//! the format.
//!
//! Second paragraph.

#![deny(missing_docs)]

use std::{fs, io::Read};
use crate::lexer::Lexer as L;
use ::serde::de::*;
use tokio::sync;
pub use self::tree::Tree;
use Kind::*;
extern crate libc;

mod lexer;
pub mod tree {
    /// Inside.
    pub fn grow() {}
}

/// How deep.
pub const DEPTH: usize = 8;
static COUNT: AtomicUsize = AtomicUsize::new(0);
pub(crate) type Result<T> = std::result::Result<T, Error>;

/// A parser
/// of things.
#[derive(Debug, Clone)]
#[serde(
    rename_all = "camelCase",
)]
pub struct Parser<'a, T>
where
    T: Read,
{
    /// Where it reads.
    pub source: &'a T,
    depth: usize, // not a doc
    width: usize,
}

struct Unit;
pub struct Tuple(pub i32, String);

/** What there is.
 *
 *  And more.
 */
#[repr(u8)]
pub enum Kind {
    /// One.
    One = 1,
    Two(i32),
    Three { x: i32 },
}

union Bits { f: f32, u: u32 }

/// Anything that visits.
pub trait Visit: Send {
    const LIMIT: usize = 10;
    type Output;
    /// Visit one.
    fn visit(&mut self, kind: &Kind) -> Self::Output;
    fn done(&self) {}
}

impl<'a, T: Read> Parser<'a, T> {
    const START: usize = 0;

    /// Make one.
    #[must_use]
    pub fn new(source: &'a T /* kept */) -> Self {
        fn local() {}
        todo!()
    }
}

impl<'a, T: Read> Visit for Parser<'a, T> {
    type Output = ();
    fn visit(&mut self, _: &Kind) {}
}

impl From<&str> for crate::Error {
    fn from(_: &str) -> Self { Error }
}

impl Visit for [u8; 4] { type Output = (); }

/// Count.
#[macro_export]
macro_rules! count {
    ($x:expr) => { 1 };
}

pub async unsafe extern "C" fn run<T>(t: T) -> Result<()>
where
    T: Send,
{
    Ok(())
}

extern "C" {
    fn strlen(s: *const c_char) -> usize;
    static errno: c_int;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn works() {}
}

fn late() {
    use std::collections::BTreeMap;
}
