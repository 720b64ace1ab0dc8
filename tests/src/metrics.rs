//! What a process counts, read from its operations port.

use crate::Instance;
use crate::rest::client;

/// The value of a counter or gauge of an instance; 0 if it was never counted. `label` is such as `source="ring"`; without one all series
/// of the name are added up.
pub async fn counter(instance: &Instance, name: &str, label: Option<&str>) -> u64 {
    let request = client().get(format!("{}/metrics", instance.ops_url));
    let text = request.send().await.expect("the operations port answers").text().await.expect("the answer arrives");
    let values = text.lines().filter_map(|line| {
        let (series, value) = line.rsplit_once(' ')?;
        let (of, labels) = series.split_once('{').unwrap_or((series, ""));
        let is_asked_for = of == name && label.is_none_or(|label| labels.contains(label));
        is_asked_for.then(|| value.parse::<u64>().expect("a whole number"))
    });
    values.sum()
}
