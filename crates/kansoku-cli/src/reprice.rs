//! `kansoku reprice`: recomputes the costs of stored spans by current prices.
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use kansoku_model::{Clock as _, ExperimentId, Retention, SystemClock, TimestampMs};
use kansoku_store::{
    ExperimentStore as _, Maintenance as _, Pricer, Reprice, Repriced, RepricedPage,
};

use crate::args::{FolderArgs, PlaceArgs, RepriceArgs};
use crate::{prices, store};

mod remote;
mod table;

/// Minimum time between two lines of progress.
const SAY_EVERY: Duration = Duration::from_secs(2);

pub(crate) fn run(asked: RepriceArgs) -> anyhow::Result<()> {
    let now = SystemClock.now();
    let which = Reprice {
        experiment: asked.experiment.map(ExperimentId),
        since: moment(&asked.since, now).context("--since")?,
        until: asked.until.map(|text| moment(&text, now)).transpose().context("--until")?,
        dry_run: asked.dry_run,
        page_token: None,
    };
    let dry_run = which.dry_run;
    let PlaceArgs { url, token, folder } = asked.place;
    let repriced = match &url {
        Some(url) => {
            let server = remote::Server::new(url, token, asked.prices.as_deref())?;
            every_page(which, |which| server.page(which))?
        }
        None => in_folder(folder, asked.prices.as_deref(), which)?,
    };
    print!("{}", table::table(&repriced, dry_run));
    Ok(())
}

/// Reprices a data folder that no server uses.
fn in_folder(
    folder: FolderArgs,
    price_file: Option<&std::path::Path>,
    which: Reprice,
) -> anyhow::Result<Repriced> {
    let settings = folder.settings()?;
    let prices = Arc::new(prices::load(price_file.or(settings.price_file.as_deref()))?);
    let price: Pricer = Arc::new(move |row| prices.cost_of(row));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.context("could not start the runtime")?;
    // Opening the store requires the context of the runtime.
    let _entered = runtime.enter();
    let (_owned, store) = store::open_stopped(
        &settings,
        "to reprice what a running server has, name it: kansoku reprice --url http://127.0.0.1:5000",
    )?;
    let repriced = match which.experiment.map(|id| runtime.block_on(store.experiment(id))) {
        Some(Err(error)) => Err(error.into()),
        _ => every_page(which, |which| Ok(runtime.block_on(store.reprice(which, price.clone()))?)),
    };
    runtime.block_on(store.close());
    repriced
}

fn every_page(
    which: Reprice,
    mut next: impl FnMut(Reprice) -> anyhow::Result<RepricedPage>,
) -> anyhow::Result<Repriced> {
    let (mut which, mut all, mut last) = (which, Repriced::default(), Instant::now());
    loop {
        let page = next(which.clone())?;
        all.add(page.repriced);
        if page.next_page_token.is_none() {
            return Ok(all);
        }
        which.page_token = page.next_page_token;
        if SAY_EVERY < last.elapsed() {
            last = Instant::now();
            let Repriced { traces, changed_traces, .. } = all;
            eprintln!("{traces} traces read, {changed_traces} with other costs");
        }
    }
}

/// Parses a day, a time or an age.
fn moment(text: &str, now: TimestampMs) -> anyhow::Result<TimestampMs> {
    if let Ok(Some(age)) = Retention::parse_age(text) {
        return Ok(TimestampMs(now.0.saturating_sub(age.0)));
    }
    let midnight = format!("{text}T00:00:00Z");
    TimestampMs::parse(text).or_else(|_| TimestampMs::parse(&midnight)).map_err(|_| {
        anyhow::anyhow!(
            "`{text}` is no day such as 2026-08-01, no time such as 2026-08-01T12:00:00Z and no age \
             such as 30d (units: min, h, d, w)"
        )
    })
}

#[cfg(test)]
mod tests;
