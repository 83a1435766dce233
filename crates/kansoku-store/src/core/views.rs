//! The order of the saved views of an experiment.
use crate::SavedView;

/// Sorts views with a position first, by position, and the others by name.
pub fn sort(views: &mut [SavedView]) {
    let key = |view: &SavedView| (view.position.is_none(), view.position);
    views.sort_by(|a, b| {
        key(a).cmp(&key(b)).then_with(|| (&a.name, &a.view_id).cmp(&(&b.name, &b.view_id)))
    });
}

/// The views of an experiment after one is moved to a place, all with positions.
pub fn with_moved(mut views: Vec<SavedView>, view_id: &str, place: usize) -> Vec<SavedView> {
    sort(&mut views);
    if let Some(at) = views.iter().position(|view| view.view_id == view_id) {
        let moved = views.remove(at);
        views.insert(place.min(views.len()), moved);
    }
    for (place, view) in (0..).zip(&mut views) {
        view.position = Some(place);
    }
    views
}

#[cfg(test)]
mod tests {
    use kansoku_model::{ExperimentId, TimestampMs};

    use super::*;

    fn view(name: &str, position: Option<u32>) -> SavedView {
        SavedView {
            view_id: format!("v-{name}"),
            experiment: ExperimentId(1),
            name: name.to_owned(),
            state: String::new(),
            position,
            create_time: TimestampMs(0),
            update_time: TimestampMs(0),
        }
    }

    fn names(views: &[SavedView]) -> String {
        views.iter().map(|view| view.name.as_str()).collect()
    }

    #[test]
    fn views_keep_their_places_and_others_follow_by_name() {
        let mut views = ["d", "b", "a", "c"].map(|name| view(name, None)).to_vec();
        sort(&mut views);
        assert_eq!(names(&views), "abcd");
        let views = with_moved(views, "v-d", 1);
        assert_eq!(names(&views), "adbc");
        let mut views: Vec<_> = views.into_iter().rev().chain([view("0", None)]).collect();
        sort(&mut views);
        assert_eq!(names(&views), "adbc0");
        assert_eq!(names(&with_moved(views.clone(), "v-a", 99)), "dbc0a");
        assert_eq!(names(&with_moved(views, "v-none", 0)), "adbc0");
    }
}
