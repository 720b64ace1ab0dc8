//! What sends spans to the collector, in a thread of its own. What it cannot send in time is dropped and counted: a
//! collector may be slow or gone, and nobody waits for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider, Span, SpanData, SpanProcessor,
};
use percent_encoding::percent_decode_str;

use crate::config::{TraceSampler, TraceSection};
use crate::secret::Secret;

/// What spans of this process are made and sent by.
pub(super) fn provider(
    endpoint: &str,
    section: &TraceSection,
    resource: Resource,
) -> anyhow::Result<SdkTracerProvider> {
    let headers = section.otel_exporter_otlp_headers.as_ref().map(Secret::expose).unwrap_or_default();
    let exporter = SpanExporter::builder()
        .with_http()
        .with_endpoint(endpoint)
        .with_timeout(section.timeout())
        .with_headers(pairs(headers).collect())
        .build()
        .context("OTEL_EXPORTER_OTLP_ENDPOINT: no traces can go there")?;
    let waiting = Arc::<AtomicUsize>::default();
    let most = usize::try_from(section.otel_bsp_max_queue_size)?;
    let batches = BatchConfigBuilder::default()
        .with_max_queue_size(most)
        .with_scheduled_delay(section.schedule_delay())
        .with_max_export_batch_size(usize::try_from(section.otel_bsp_max_export_batch_size)?.min(most))
        .build();
    let counting = Counting { exporter, waiting: Arc::clone(&waiting), is_failing: AtomicBool::new(false) };
    let batching = BatchSpanProcessor::builder(counting).with_batch_config(batches).build();
    let builder = SdkTracerProvider::builder()
        .with_sampler(sampler(section))
        .with_resource(resource)
        .with_span_processor(Bounded { batching, waiting, most });
    Ok(builder.build())
}

/// Who sends the spans.
pub(super) fn resource(service: &'static str, instance: Option<&str>, section: &TraceSection) -> Resource {
    let said = section.otel_resource_attributes.as_deref().unwrap_or_default();
    let instance = instance.map_or_else(|| format!("{service}-{}", std::process::id()), str::to_owned);
    let own = [
        KeyValue::new("service.name", format!("chat-{service}")),
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        KeyValue::new("service.instance.id", instance),
    ];
    let name = section.otel_service_name.clone().map(|name| KeyValue::new("service.name", name));
    // Later ones win.
    Resource::builder_empty()
        .with_attributes(own)
        .with_attributes(pairs(said).map(|(name, value)| KeyValue::new(name, decoded(&value))))
        .with_attributes(name)
        .build()
}

fn pairs(text: &str) -> impl Iterator<Item = (String, String)> + '_ {
    let pairs = text.split(',').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
}

fn decoded(value: &str) -> String {
    percent_decode_str(value).decode_utf8_lossy().into_owned()
}

fn sampler(section: &TraceSection) -> Sampler {
    let share = section.otel_traces_sampler_arg;
    match section.otel_traces_sampler {
        TraceSampler::AlwaysOn => Sampler::AlwaysOn,
        TraceSampler::AlwaysOff => Sampler::AlwaysOff,
        TraceSampler::Traceidratio => Sampler::TraceIdRatioBased(share),
        TraceSampler::ParentbasedAlwaysOn => Sampler::ParentBased(Box::new(Sampler::AlwaysOn)),
        TraceSampler::ParentbasedAlwaysOff => Sampler::ParentBased(Box::new(Sampler::AlwaysOff)),
        TraceSampler::ParentbasedTraceidratio => Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(share))),
    }
}

/// Lets in only as many spans as may wait, those under way included.
#[derive(Debug)]
struct Bounded {
    batching: BatchSpanProcessor,
    waiting: Arc<AtomicUsize>,
    most: usize,
}

impl SpanProcessor for Bounded {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.batching.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if self.waiting.fetch_add(1, Ordering::Relaxed) < self.most {
            self.batching.on_end(span);
        } else {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            count("dropped", 1);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.batching.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.batching.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.batching.set_resource(resource);
    }
}

/// Counts what has reached the collector and what has not, and says when that changes.
#[derive(Debug)]
struct Counting {
    exporter: SpanExporter,
    waiting: Arc<AtomicUsize>,
    is_failing: AtomicBool,
}

impl opentelemetry_sdk::trace::SpanExporter for Counting {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        let result = self.exporter.export(batch).await;
        self.waiting.fetch_sub(spans, Ordering::Relaxed);
        count(if result.is_ok() { "exported" } else { "failed" }, spans);
        match (&result, self.is_failing.swap(result.is_err(), Ordering::Relaxed)) {
            (Err(error), false) => tracing::warn!(%error, "the collector does not take spans; they are dropped"),
            (Ok(()), true) => tracing::info!("the collector takes spans again"),
            _ => {}
        }
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

fn count(result: &'static str, spans: usize) {
    metrics::counter!("chat_traces_spans_total", "result" => result).increment(spans as u64);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_as_opentelemetry_writes_them() {
        let read: Vec<_> = pairs("a=1, b = x%20y ,none,c=d=e").map(|(name, value)| (name, decoded(&value))).collect();
        let expected =
            [("a", "1"), ("b", "x y"), ("c", "d=e")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(read, expected);
    }
}
