//! What PostgreSQL says of one unit of a batch, and what becomes of the others.

use aisle_infra::journal::commit::{After, AppendError, Committer, CommitterConfig};
use aisle_infra::journal::{Appended, JournalError, Rejection};
use futures::future::join_all;
use sqlx::Executor as _;

use crate::world::{World, conflict, position, stream, unit};

/// A journal whose server fails so at every fact of the stream `bad`.
async fn failing(code: &str) -> World {
    let world = World::postgres().await;
    let trouble = format!(
        "create function trouble() returns trigger language plpgsql as $$ begin
            if new.aggregate_id = 'bad' then raise exception 'trouble' using errcode = '{code}'; end if;
            return new;
        end $$;
        create trigger trouble before insert on events for each row execute function trouble();"
    );
    world.database().connect().await.execute(trouble.as_str()).await.unwrap();
    world
}

/// What becomes of two good units of one chain and, in their midst, of a bad one and two more that
/// were decided on it: all of them in one batch, for this test has one thread.
async fn append(world: &World) -> [Result<Appended, AppendError>; 5] {
    let committer = Committer::start(world.journal.clone(), CommitterConfig::default());
    let good = committer.submit(unit([("good", 1)])).unwrap();
    let bad = committer.submit(unit([("bad", 1), ("beside", 1)])).unwrap();
    let after = |link, name| vec![After { link, stream: stream(name) }];
    let orphan =
        committer.submit_after(unit([("beside", 2)]), after(bad.link(), "beside")).unwrap();
    let of_orphan =
        committer.submit_after(unit([("beside", 3)]), after(orphan.link(), "beside")).unwrap();
    let of_good = committer.submit_after(unit([("good", 2)]), after(good.link(), "good")).unwrap();
    let outcomes = join_all([good, bad, orphan, of_orphan, of_good]).await;
    assert_eq!(committer.metrics().batches, 1);
    committer.shutdown().await;
    outcomes.try_into().unwrap()
}

fn judged(outcome: &Result<Appended, AppendError>) -> Result<Appended, Rejection> {
    match outcome {
        Ok(appended) => Ok(*appended),
        Err(AppendError::Rejected(rejection)) => Err(rejection.clone()),
        Err(failed) => panic!("not judged: {failed:?}"),
    }
}

#[tokio::test]
async fn what_the_server_fails_at_fails_by_itself() {
    for code in ["22012", "23514", "54000", "P0001", "XX000"] {
        let world = failing(code).await;
        let [good, bad, orphan, of_orphan, of_good] = append(&world).await;
        let refused = matches!(bad, Err(AppendError::Failed(JournalError::Refused(_))));
        assert!(refused, "{code}: {bad:?}");
        assert_eq!([&good, &of_good].map(|unit| position(&judged(unit))), [Some(1), Some(2)]);
        assert_eq!([&orphan, &of_orphan].map(judged), [conflict("beside"), conflict("beside")]);
        assert_eq!(world.everything().await.len(), 2);
        world.close().await;
    }
}

#[tokio::test]
async fn no_unit_is_to_blame_for_what_ails_the_server() {
    for code in [
        "08006", "0A000", "25006", "26000", "40001", "42501", "42883", "53100", "55P03", "57014",
        "58030",
    ] {
        let world = failing(code).await;
        let outcomes = append(&world).await;
        for outcome in &outcomes {
            let unknown = matches!(outcome, Err(AppendError::Failed(JournalError::Unavailable(_))));
            assert!(unknown, "{code}: {outcome:?}");
        }
        assert!(world.everything().await.is_empty());
        world.close().await;
    }
}
