//! What holds while something is broken: each test has a stack of its own.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod commit;
mod time_limits;

use chat_e2e::{App, Socket, Stack, User, own_stack};

/// Two people with a conversation, on a stack that may be broken.
struct Scene {
    stack: Stack,
    app: App,
    ada: User,
    ben: User,
    direct: String,
}

impl Scene {
    async fn set() -> Self {
        Self::on(own_stack().await.expect("the stack starts")).await
    }

    async fn on(stack: Stack) -> Self {
        let app = App::of(&stack).expect("a started stack has addresses");
        let [ada, ben] = app.users(["Ada", "Ben"]).await;
        let direct = ada.direct_with(&ben).await;
        Self { stack, app, ada, ben, direct }
    }

    async fn strike(self) {
        self.stack.stop().await.expect("the stack stops");
    }
}

/// Lets time pass by the server's clock: so many heartbeats of a socket.
async fn heartbeats(socket: &mut Socket, count: usize) {
    for _ in 0..count {
        socket.expect("heartbeat").await;
    }
}
