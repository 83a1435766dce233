//! The loop that sends deliveries as they become due. It uses the clock of the system, and waits for
//! requests instead of for times.
use kansoku_model::WebhookEvent;
use kansoku_store::JobState;
use tokio_util::sync::CancellationToken;

use crate::receiver::{Answer, Receiver};
use crate::world::World;

const CREATED: [WebhookEvent; 1] = [WebhookEvent::PromptCreated];

fn run(world: &World) -> (CancellationToken, tokio::task::JoinHandle<()>) {
    let stop = CancellationToken::new();
    (stop.clone(), tokio::spawn(world.deliveries.clone().run(stop)))
}

#[tokio::test]
async fn an_event_is_sent_at_once_and_a_slow_receiver_holds_up_neither_it_nor_its_cause() {
    const EVENTS: usize = 8;
    let mut slow = Receiver::start(vec![Answer::Hang; EVENTS]).await;
    let (mut quick, world) = (Receiver::start([]).await, World::in_real_time());
    let slow_hook = world.webhook(&slow.url(), &CREATED).await;
    let quick_hook = world.webhook(&quick.url(), &CREATED).await;
    let (stop, running) = run(&world);
    for number in 0..EVENTS {
        world.prompt(&format!("p{number}")).await;
        let received = quick.next().await;
        assert_eq!(received.json()["data"]["name"], format!("p{number}"));
    }
    // Some are on their way to the slow one, and the others wait: none has got an answer.
    let log = world.log(&slow_hook).await;
    assert_eq!(log.len(), EVENTS);
    assert!(log.iter().all(|job| job.state == JobState::Waiting), "{log:?}");
    slow.release();
    for _ in 0..EVENTS {
        slow.next().await;
    }
    stop.cancel();
    running.await.unwrap();
    for hook in [&slow_hook, &quick_hook] {
        let log = world.log(hook).await;
        assert!(log.iter().all(|job| job.state == JobState::Succeeded), "{log:?}");
    }
}

#[tokio::test]
async fn what_was_due_before_the_start_is_sent() {
    let (mut receiver, world) = (Receiver::start([]).await, World::in_real_time());
    world.webhook(&receiver.url(), &CREATED).await;
    world.prompt("before").await;
    let (stop, running) = run(&world);
    assert_eq!(receiver.next().await.json()["data"]["name"], "before");
    stop.cancel();
    running.await.unwrap();
}
