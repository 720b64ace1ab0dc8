//! Questions of many at once, with an answering end that is held up by hand.

use tokio::sync::mpsc;

use super::*;

type Verdicts = Result<Vec<Verdict<u32>>, RpcError>;
type Batch = (Vec<u32>, oneshot::Sender<Verdicts>);

const WAIT: Duration = Duration::from_mins(1);

/// Numbers, which weigh what they are; each batch is answered by the test.
struct Numbers(mpsc::UnboundedSender<Batch>);

impl Kind for Numbers {
    type Question = u32;
    type Answer = u32;

    const MAX_WEIGHT: usize = 10;

    fn weight(question: &u32) -> usize {
        *question as usize
    }

    async fn ask(&self, questions: Vec<u32>) -> Verdicts {
        let (answer, answered) = oneshot::channel();
        self.0.send((questions, answer)).unwrap();
        answered.await.unwrap()
    }
}

struct World {
    gathering: Gathering<Numbers>,
    batches: mpsc::UnboundedReceiver<Batch>,
}

impl World {
    fn new() -> Self {
        let (sender, batches) = mpsc::unbounded_channel();
        Self { gathering: Gathering::start(Numbers(sender), CancellationToken::new()), batches }
    }

    /// Asks; the question is waiting when this returns.
    async fn ask(&self, question: u32) -> tokio::task::JoinHandle<Result<u32, RpcError>> {
        let gathering = self.gathering.clone();
        let mut asking = Box::pin(async move { gathering.ask(question, WAIT).await });
        assert!(futures_util::poll!(&mut asking).is_pending());
        tokio::spawn(asking)
    }

    async fn batch(&mut self) -> Batch {
        self.batches.recv().await.unwrap()
    }
}

#[expect(clippy::unnecessary_wraps, reason = "what the answering end says")]
fn answered(questions: &[u32]) -> Verdicts {
    Ok(questions.iter().map(|number| Verdict::Answered(Ok(number * 100))).collect())
}

#[tokio::test(start_paused = true)]
async fn first_goes_at_once_and_what_follows_goes_together() {
    let mut world = World::new();
    let alone = world.ask(1).await;
    let begun = Instant::now();
    let (questions, answer) = world.batch().await;
    assert_eq!((questions, begun.elapsed()), (vec![1], Duration::ZERO));
    let (two, three) = (world.ask(2).await, world.ask(3).await);
    // The first batch is not answered yet: nobody waits for it.
    let (questions, later) = world.batch().await;
    assert_eq!((&questions[..], begun.elapsed()), (&[2, 3][..], PACE));
    later.send(answered(&questions)).unwrap();
    assert_eq!((two.await.unwrap(), three.await.unwrap()), (Ok(200), Ok(300)));
    answer.send(answered(&[1])).unwrap();
    assert_eq!(alone.await.unwrap(), Ok(100));
}

#[tokio::test(start_paused = true)]
async fn batch_is_bounded_by_weight() {
    let mut world = World::new();
    drop(world.ask(1).await);
    let (_, _held) = world.batch().await;
    for number in [6, 4, 1, 30, 2] {
        drop(world.ask(number).await);
    }
    let mut batches = Vec::new();
    for _ in 0..4 {
        let (questions, answer) = world.batch().await;
        answer.send(answered(&questions)).unwrap();
        batches.push(questions);
    }
    assert_eq!(batches, [vec![6, 4], vec![1], vec![30], vec![2]]);
}

#[tokio::test(start_paused = true)]
async fn only_so_many_batches_are_under_way() {
    let mut world = World::new();
    let mut held = Vec::new();
    for number in 1..=4 {
        drop(world.ask(number).await);
        held.push(world.batch().await);
    }
    drop(world.ask(5).await);
    drop(world.ask(4).await);
    assert!(timeout(Duration::from_secs(10), world.batches.recv()).await.is_err());
    held.pop().unwrap().1.send(answered(&[4])).unwrap();
    assert_eq!(world.batch().await.0, [5, 4]);
}

#[tokio::test(start_paused = true)]
async fn failure_is_told_to_each_and_other_batches_go_on() {
    let mut world = World::new();
    let (one, two) = (world.ask(1).await, world.ask(2).await);
    let (questions, answer) = world.batch().await;
    assert_eq!(questions, [1, 2]);
    let error = RpcError::Unavailable("away".to_owned());
    answer.send(Err(error.clone())).unwrap();
    assert_eq!((one.await.unwrap(), two.await.unwrap()), (Err(error.clone()), Err(error)));
    let (three, four) = (world.ask(3).await, world.ask(4).await);
    let (_, answer) = world.batch().await;
    let refused = RpcError::Refused("not let in".to_owned());
    answer.send(Ok(vec![Verdict::Answered(Err(refused.clone())), Verdict::Answered(Ok(400))])).unwrap();
    assert_eq!((three.await.unwrap(), four.await.unwrap()), (Err(refused), Ok(400)));
    let five = world.ask(5).await;
    world.batch().await.1.send(Ok(Vec::new())).unwrap();
    assert!(matches!(five.await.unwrap(), Err(RpcError::Invalid(_))), "answers must be as many as questions");
}

#[tokio::test(start_paused = true)]
async fn who_found_no_room_is_asked_again_before_others() {
    let mut world = World::new();
    let (one, two) = (world.ask(1).await, world.ask(2).await);
    let (_, answer) = world.batch().await;
    let (nine, _four) = (world.ask(8).await, world.ask(4).await);
    answer.send(Ok(vec![Verdict::Answered(Ok(100)), Verdict::AskAgain])).unwrap();
    assert_eq!(one.await.unwrap(), Ok(100));
    let (questions, answer) = world.batch().await;
    assert_eq!(questions, [2, 8]);
    answer.send(answered(&questions)).unwrap();
    assert_eq!((two.await.unwrap(), nine.await.unwrap()), (Ok(200), Ok(800)));
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_ever_and_who_is_gone_is_not_asked_about() {
    let mut world = World::new();
    let late = world.ask(1).await;
    let (_, _held) = world.batch().await;
    let gone = world.ask(2).await;
    gone.abort();
    assert!(gone.await.unwrap_err().is_cancelled());
    drop(world.ask(3).await);
    assert_eq!(world.batch().await.0, [3]);
    assert!(matches!(late.await.unwrap(), Err(RpcError::Unavailable(_))));
}
