//! The one clock of the runtime, which a test may stop and advance.
//!
//! All deadlines share one timer task, so that an idle connection has none of its own.

use std::{
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use tokio::{runtime::Handle, sync::Notify};

use crate::cause::Cause;

/// Deadlines are rounded up to this, so that many share a wake-up.
const TICK: Duration = Duration::from_millis(10);

/// Time since the runtime began. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Clock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    origin: Instant,
    stopped: AtomicBool,
    state: Mutex<State>,
    /// How often the timer task has ended with its runtime.
    ended: AtomicU64,
    /// Tells the timer task that an earlier deadline has come in, or that time was stopped.
    changed: Arc<Notify>,
}

#[derive(Debug, Default)]
struct State {
    /// The time, once stopped.
    now: Duration,
    timers: BTreeMap<(Duration, u64), Arc<Slot>>,
    next_id: u64,
    /// Whether the timer task runs.
    running: bool,
}

/// A deadline's place among the timers.
#[derive(Debug, Default)]
struct Slot(Mutex<SlotState>);

#[derive(Debug, Default)]
struct SlotState {
    waker: Option<Waker>,
    /// Set by a test that advances the clock: done when what the deadline causes is done.
    cause: Cause,
    /// The timer task has ended with its runtime: the deadline has to go in once more.
    lost: bool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Inner {
            origin: Instant::now(),
            stopped: AtomicBool::new(false),
            ended: AtomicU64::new(0),
            state: Mutex::default(),
            changed: Arc::new(Notify::new()),
        }))
    }

    /// Whether both are the same clock.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(crate) fn now(&self) -> Duration {
        if self.0.stopped.load(Ordering::Relaxed) {
            lock(&self.0.state).now
        } else {
            self.0.origin.elapsed()
        }
    }

    /// Resolves when `deadline` has come.
    pub(crate) fn sleep_until(&self, deadline: Duration) -> Sleep {
        Sleep {
            clock: self.clone(),
            deadline,
            place: None,
            entered: 0,
        }
    }

    pub(crate) fn sleep(&self, duration: Duration) -> Sleep {
        self.sleep_until(self.now() + duration)
    }

    /// `future`, unless `duration` passes first.
    pub(crate) async fn timeout<F: Future>(
        &self,
        duration: Duration,
        future: F,
    ) -> Option<F::Output> {
        let mut sleep = self.sleep(duration);
        let mut future = std::pin::pin!(future);
        std::future::poll_fn(|cx| match future.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending => Pin::new(&mut sleep).poll(cx).map(|_| None),
        })
        .await
    }

    /// Stops time; from now on only [`Clock::step`] moves it.
    pub(crate) fn stop(&self) {
        let mut state = lock(&self.0.state);
        if !self.0.stopped.load(Ordering::Relaxed) {
            state.now = self.0.origin.elapsed();
            self.0.stopped.store(true, Ordering::Relaxed);
        }
        drop(state);
        self.0.changed.notify_one();
    }

    /// Moves stopped time to the next deadline before `end`, or to `end` if there is none, and wakes what is due.
    /// `true`: there may be more before `end`.
    pub(crate) fn step(&self, end: Duration, cause: &Cause) -> bool {
        let mut state = lock(&self.0.state);
        let next = state
            .timers
            .first_key_value()
            .map(|((deadline, _), _)| *deadline);
        let to = next
            .filter(|deadline| *deadline <= end)
            .map_or(end, |deadline| deadline.max(state.now));
        state.now = state.now.max(to);
        let due = state.take_due();
        // Before anybody can see the new time: who is awake already must find what made it pass.
        let wakers: Vec<_> = due.iter().map(|slot| slot.fire(cause.clone())).collect();
        drop(state);
        wakers.into_iter().flatten().for_each(Waker::wake);
        !due.is_empty()
    }

    /// Starts the timer task, unless it runs. It ends with the runtime that this was called in.
    fn run(&self) {
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        if std::mem::replace(&mut lock(&self.0.state).running, true) {
            return;
        }
        // Without the lock: a runtime that is shutting down drops the task at once.
        let running = Running(Arc::downgrade(&self.0));
        runtime.spawn(run(running, Arc::clone(&self.0.changed)));
    }
}

impl State {
    fn take_due(&mut self) -> Vec<Arc<Slot>> {
        let later = self
            .timers
            .split_off(&(self.now + Duration::from_nanos(1), 0));
        std::mem::replace(&mut self.timers, later)
            .into_values()
            .collect()
    }
}

impl Slot {
    fn wake(&self) {
        if let Some(waker) = self.fire(Cause::NONE) {
            waker.wake();
        }
    }

    /// Says what made the deadline pass; returns whom to wake.
    fn fire(&self, cause: Cause) -> Option<Waker> {
        let mut state = lock(&self.0);
        state.cause = cause;
        state.waker.take()
    }
}

/// Held by the timer task, whose runtime may end before the clock does.
struct Running(Weak<Inner>);

impl Drop for Running {
    fn drop(&mut self) {
        let Some(inner) = self.0.upgrade() else {
            return;
        };
        let mut state = lock(&inner.state);
        state.running = false;
        let lost = std::mem::take(&mut state.timers);
        inner.ended.fetch_add(1, Ordering::Relaxed);
        drop(state);
        for slot in lost.into_values() {
            lock(&slot.0).lost = true;
            slot.wake();
        }
    }
}

/// The timer task: sleeps until the next deadline, wakes what is due, ends with the clock.
async fn run(clock: Running, changed: Arc<Notify>) {
    loop {
        let next = {
            let Some(inner) = clock.0.upgrade() else {
                return;
            };
            let mut state = lock(&inner.state);
            if inner.stopped.load(Ordering::Relaxed) || state.timers.is_empty() {
                None
            } else {
                state.now = inner.origin.elapsed();
                let due = state.take_due();
                let next = state
                    .timers
                    .first_key_value()
                    .map(|((deadline, _), _)| *deadline);
                drop(state);
                for slot in due {
                    slot.wake();
                }
                next.map(|deadline| inner.origin + deadline)
            }
        };
        match next {
            Some(deadline) => {
                tokio::select! {
                    () = tokio::time::sleep_until(deadline.into()) => {}
                    () = changed.notified() => {}
                }
            }
            None => changed.notified().await,
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.changed.notify_one();
    }
}

/// A deadline; resolves to what caused time to pass, which is nothing unless a test did.
///
/// # Cancel safety
/// Cancel safe.
#[derive(Debug)]
pub(crate) struct Sleep {
    clock: Clock,
    deadline: Duration,
    place: Option<(Duration, u64, Arc<Slot>)>,
    /// How often the timer task had ended when the deadline was entered.
    entered: u64,
}

impl Sleep {
    /// Moves the deadline.
    pub(crate) fn reset(&mut self, deadline: Duration) {
        if deadline != self.deadline {
            self.leave();
            self.deadline = deadline;
        }
    }

    /// Whether it is entered for this deadline, which has not come at `now`: whom it wakes, it will still wake.
    pub(crate) fn stands(&self, deadline: Duration, now: Duration) -> bool {
        self.place.is_some()
            && self.deadline == deadline
            && now < deadline
            && self.entered == self.clock.0.ended.load(Ordering::Relaxed)
    }

    fn leave(&mut self) {
        if let Some((at, id, _)) = self.place.take() {
            lock(&self.clock.0.state).timers.remove(&(at, id));
        }
    }
}

impl Future for Sleep {
    type Output = Cause;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Cause> {
        if self.clock.now() >= self.deadline {
            let cause = self
                .place
                .as_ref()
                .map(|(_, _, slot)| std::mem::take(&mut lock(&slot.0).cause));
            self.leave();
            return Poll::Ready(cause.unwrap_or_default());
        }
        if let Some((_, _, slot)) = &self.place {
            let mut state = lock(&slot.0);
            if !state.lost {
                match &mut state.waker {
                    Some(waker) if waker.will_wake(cx.waker()) => {}
                    waker => *waker = Some(cx.waker().clone()),
                }
                return Poll::Pending;
            }
        }
        let slot = Arc::new(Slot::default());
        lock(&slot.0).waker = Some(cx.waker().clone());
        let clock = self.clock.clone();
        let mut state = lock(&clock.0.state);
        let ended = clock.0.ended.load(Ordering::Relaxed);
        let stopped = clock.0.stopped.load(Ordering::Relaxed);
        let at = if stopped {
            self.deadline
        } else {
            round_up(self.deadline)
        };
        let id = state.next_id;
        state.next_id += 1;
        let first = state
            .timers
            .first_key_value()
            .is_none_or(|((next, _), _)| at < *next);
        state.timers.insert((at, id), Arc::clone(&slot));
        drop(state);
        self.place = Some((at, id, slot));
        self.entered = ended;
        if !stopped {
            clock.run();
            if first {
                clock.0.changed.notify_one();
            }
        }
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.leave();
    }
}

fn round_up(deadline: Duration) -> Duration {
    let ticks = deadline.as_nanos().div_ceil(TICK.as_nanos());
    TICK.saturating_mul(u32::try_from(ticks).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_deadline_comes_by_itself() {
        let clock = Clock::new();
        let before = clock.now();
        clock.sleep(Duration::from_millis(15)).await;
        assert!(clock.now() - before >= Duration::from_millis(15));
    }

    #[tokio::test]
    async fn an_earlier_deadline_overtakes_the_one_that_is_slept_for() {
        let clock = Clock::new();
        let mut late = clock.sleep(Duration::from_secs(3600));
        std::future::poll_fn(|cx| Poll::Ready(Pin::new(&mut late).poll(cx).is_pending())).await;
        clock.sleep(Duration::from_millis(1)).await;
    }

    #[tokio::test]
    async fn stopped_time_moves_by_steps_only_from_deadline_to_deadline() {
        let clock = Clock::new();
        clock.stop();
        let start = clock.now();
        let sleepers: Vec<_> = [2, 1]
            .map(|seconds| clock.sleep(Duration::from_secs(seconds)))
            .into();
        let mut sleepers = sleepers.into_iter().map(Box::pin).collect::<Vec<_>>();
        std::future::poll_fn(|cx| {
            Poll::Ready(
                sleepers
                    .iter_mut()
                    .all(|sleep| sleep.as_mut().poll(cx).is_pending()),
            )
        })
        .await;
        let end = start + Duration::from_secs(5);
        assert!(clock.step(end, &Cause::NONE));
        assert_eq!(clock.now() - start, Duration::from_secs(1));
        assert!(clock.step(end, &Cause::NONE));
        assert_eq!(clock.now() - start, Duration::from_secs(2));
        assert!(!clock.step(end, &Cause::NONE));
        assert_eq!(clock.now(), end);
    }

    fn runtime() -> tokio::runtime::Runtime {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().build().unwrap()
    }

    #[test]
    fn a_deadline_comes_after_the_runtime_of_the_first_one_has_ended() {
        let clock = Clock::new();
        for _ in 0..2 {
            runtime().block_on(clock.sleep(Duration::from_millis(1)));
        }
    }

    #[test]
    fn a_deadline_that_is_waited_for_survives_the_runtime_of_the_timer_task() {
        let clock = Clock::new();
        let (first, second) = (runtime(), runtime());
        first.block_on(clock.sleep(Duration::from_millis(1)));
        let mut sleep = clock.sleep(Duration::from_millis(20));
        second.block_on(async {
            std::future::poll_fn(|cx| Poll::Ready(Pin::new(&mut sleep).poll(cx).is_pending())).await
        });
        let sleeping = second.spawn(sleep);
        drop(first);
        second.block_on(sleeping).unwrap();
    }
}
