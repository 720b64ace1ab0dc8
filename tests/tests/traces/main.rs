//! Traces as operators see them: read back from a collector that all services of a stack send their spans to.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod batches;
mod collectors;
mod metrics;
mod off;
mod one_trace;

use chat_e2e::{App, Collector, Recorded, Stack, options};
use tokio::sync::OnceCell;

/// A trace that a caller has begun, and its span.
struct Caller {
    trace_id: String,
    span_id: String,
}

impl Caller {
    fn new() -> Self {
        let (trace, span): (u128, u64) = (rand::random(), rand::random());
        Self { trace_id: format!("{trace:032x}"), span_id: format!("{span:016x}") }
    }

    /// What the caller says of it.
    fn parent(&self, is_sampled: bool) -> String {
        format!("00-{}-{}-0{}", self.trace_id, self.span_id, u8::from(is_sampled))
    }
}

/// The stack that the tests of this program share, and where it sends its spans.
async fn traced() -> (&'static Stack, App, Collector) {
    static SHARED: OnceCell<(Stack, Collector)> = OnceCell::const_new();
    let start = || async {
        let collector = Collector::start();
        let options = collector.traced(options().expect("the programs are built"));
        (Stack::start(options).await.expect("the stack starts"), collector)
    };
    let (stack, collector) = SHARED.get_or_init(start).await;
    (stack, App::of(stack).unwrap(), collector.clone())
}

/// The one span of this name.
fn only<'a>(spans: &'a [Recorded], name: &str) -> &'a Recorded {
    let mut named = spans.iter().filter(|span| span.name == name);
    let span = named.next().unwrap_or_else(|| panic!("no {name} in {spans:#?}"));
    assert!(named.next().is_none(), "several {name} in {spans:#?}");
    span
}
