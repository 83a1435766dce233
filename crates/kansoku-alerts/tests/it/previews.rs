//! Previews of rules.
use kansoku_model::{AlertSettings, AlertSignal};
use kansoku_store::ExperimentStore as _;

use crate::world::{HERE, MINUTE, World, errors};

#[tokio::test]
async fn a_preview_fires_where_the_rule_would_have_fired() {
    let world = World::new();
    for bad in [0, 4, 4, 0, 0, 0, 0, 4] {
        world.traces(4 - bad, bad).await;
        world.advance_ms(5 * MINUTE);
    }
    let experiment = world.store.experiment(HERE).await.unwrap();
    let settings = AlertSettings { for_s: 60, resolve_after_s: 300, ..errors() };
    let preview = world.alerting.preview(&settings, &experiment, 1).await.unwrap();
    assert!(preview.is_complete);
    assert_eq!(preview.alerts.len(), 2, "{:?}", preview.alerts);
    assert!(preview.alerts[0].end.is_some() && preview.alerts[0].peak == 1.0);
    let points = &preview.points;
    assert_eq!(points.last().map(|point| point.end.0), Some(world.now()));
    assert_eq!((points[0].value, points[0].status.as_str()), (None, "no_data"));
    let step = points[1].end.0 - points[0].end.0;
    assert!(8 < points.iter().filter(|point| point.traces == 4).count(), "windows overlap");
    assert!((MINUTE..=5 * MINUTE).contains(&step) && points.len() <= 2_100, "{step}");
}

#[tokio::test]
async fn a_preview_of_short_windows_reaches_less_far_back() {
    let world = World::new();
    let experiment = world.store.experiment(HERE).await.unwrap();
    for (window_s, days) in [(60, 30), (300, 7), (86_400, 30), (3_600, 1)] {
        let settings = AlertSettings { window_s, ..errors() };
        let preview = world.alerting.preview(&settings, &experiment, days).await.unwrap();
        let first = preview.points[0].end.0;
        let count = preview.points.len();
        assert!((10..=2_100).contains(&count), "{window_s} s, {days} d: {count} points");
        assert!(world.now() - first <= i64::from(days) * 24 * 60 * MINUTE);
    }
    let lag =
        AlertSettings { signal: AlertSignal::ScorerLag { scorer: "s".to_owned() }, ..errors() };
    let preview = world.alerting.preview(&lag, &experiment, 7).await.unwrap();
    assert!(preview.points.is_empty() && preview.is_complete);
}
