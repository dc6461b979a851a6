//! Recoveries in a small AWS: delays, refusals, lost replies, crashes. They end handed over, or stuck with a reason.

use proptest::prelude::*;

use super::*;
use crate::database::{Configuration, Tags};
use crate::recover::act::From;
use crate::recover::record::{Copy, Entered, Questions, VERSION};
use crate::recover::tests::fixtures::{RUN, aurora, documents, instance};
use crate::recover::{Act, Blueprint};
use crate::restore::{Point, Purpose, RUN as RUN_TAG};
use crate::verify::{Because, Login, Verdict, VerdictWord};

fn at(seconds: i64) -> Timestamp {
    "2026-11-20T12:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
}

fn record(blueprint: Blueprint) -> Record {
    Record {
        version: VERSION,
        run: RUN.to_owned(),
        purpose: Purpose::Recovery,
        database: "orders".to_owned(),
        region: None,
        requested_at: at(0),
        asked_for: "1 hour ago".to_owned(),
        from: From::Source(blueprint.identifier.clone()),
        blueprint,
        point: Point::Time { to: at(-3600) },
        restore_job: None,
        questions: Questions::Ask {
            checks: Vec::new(),
            login: Login::Iam { user: "probe".to_owned() },
            database: "app".to_owned(),
        },
        timezone: "Asia/Tokyo".to_owned(),
        phase: Phase::Restoring,
        phases: vec![Entered { phase: Phase::Restoring, at: at(0) }],
        acts: BTreeMap::new(),
        given_up: Vec::new(),
        copy: Copy::default(),
        answers: None,
        verdict: None,
        differences: None,
        expires_at: None,
        cut_over: None,
        cut_overs: 0,
        told: Vec::new(),
        notes: Vec::new(),
    }
}

mod vaults;

/// What becomes of one call
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fate {
    Done,
    Refused(Class),
    Lost,
    Vanished,
    Killed,
}

/// An AWS in which a volume takes ten minutes, a writer eight and a reader fifteen
#[derive(Debug, Default)]
struct Aws {
    cluster: Option<(i64, Tags)>,
    members: BTreeMap<String, (i64, Tags)>,
    done: Vec<String>,
    asked_at: Option<(i64, u32)>,
    answered: bool,
    /// Calls that made something, by name: each may succeed once
    made: Vec<String>,
    /// Since when AWS Backup's job goes on
    job: Option<i64>,
}

const VOLUME: i64 = 600;
const WRITER: i64 = 480;
const READER: i64 = 900;
/// AWS Backup names what it makes after a while, and has done when the copy has been available for a while
const NAMED: i64 = 180;
const JOB: i64 = VOLUME + 120;

impl Aws {
    fn status(now: i64, since: i64, takes: i64) -> String {
        if now - since >= takes { "available".to_owned() } else { "creating".to_owned() }
    }

    fn seen(&self, now: i64, record: &Record) -> Observed {
        let clustered = record.blueprint.kind.is_clustered();
        let cluster = match &self.cluster {
            Some((since, tags)) => SeenOf::Present(cluster_of(&Self::status(now, *since, VOLUME), tags)),
            None => SeenOf::Absent,
        };
        let mut names: Vec<String> = record
            .steps()
            .iter()
            .filter_map(|step| match &step.act {
                Act::CreateMember(act) => Some(act.member.identifier.clone()),
                _ => None,
            })
            .collect();
        if !clustered {
            names.push(RUN.to_owned());
        }
        let takes = |name: &str| match (clustered, name.ends_with("-1")) {
            (false, _) => VOLUME,
            (true, true) => WRITER,
            (true, false) => READER,
        };
        let look = |name: &String| match self.members.get(name) {
            Some((since, tags)) => SeenOf::Present(instance_of(name, &Self::status(now, *since, takes(name)), tags)),
            None => SeenOf::Absent,
        };
        let members = names.iter().map(|name| (name.clone(), look(name))).collect();
        let answers = match self.asked_at {
            Some((since, attempt)) if self.answered && now - since >= 60 => SeenOf::Present(answers(attempt, now)),
            _ => SeenOf::Absent,
        };
        let everything = acts::pending(record).is_empty();
        let renamed =
            if clustered { crate::recover::members(&record.blueprint, RUN) } else { record.blueprint.members.clone() };
        let copy = everything.then(|| Blueprint { members: renamed, ..record.blueprint.clone() });
        let job = match (self.job, looks_at_job(record)) {
            (Some(since), Some(_)) => SeenOf::Present(RestoreJob {
                id: "JOB-1".to_owned(),
                status: if now - since >= JOB { "COMPLETED" } else { "RUNNING" }.to_owned(),
                message: None,
                created_arn: (now - since >= NAMED).then(|| arn_of(clustered)),
            }),
            _ => SeenOf::Absent,
        };
        Observed { cluster, members, job, answers, copy, cut_over: cutover::Seen::default() }
    }

    fn perform(&mut self, now: i64, task: &Task) -> Result<(), Fault> {
        let taken = |name: &str| Err(Fault::new(Class::AlreadyExists, "rds:Make", name, "AlreadyExists", "taken"));
        match task {
            Task::Build(act) => {
                match act {
                    Act::RestoreCluster(act) if self.cluster.is_some() => return taken(&act.identifier),
                    Act::RestoreCluster(act) => self.cluster = Some((now, act.tags.clone())),
                    Act::RestoreInstance(act) if self.members.contains_key(RUN) => return taken(&act.identifier),
                    Act::RestoreInstance(act) => {
                        self.members.insert(RUN.to_owned(), (now, act.tags.clone()));
                    }
                    Act::StartRestoreJob(act) => {
                        assert_eq!((act.identifier.as_str(), act.token.as_str()), (RUN, RUN));
                        if self.job.is_some() {
                            // The same token is the same job.
                            return Ok(());
                        }
                        self.job = Some(now);
                        if act.metadata.contains_key("dbClusterIdentifier") {
                            self.cluster = Some((now, Tags::new()));
                        } else {
                            self.members.insert(RUN.to_owned(), (now, Tags::new()));
                        }
                    }
                    Act::Adopt { tags, .. } => {
                        let copy = self.cluster.as_mut().or(self.members.get_mut(RUN)).unwrap();
                        copy.1.clone_from(tags);
                    }
                    Act::Change(act) => {
                        let copy = self.cluster.as_ref().or(self.members.get(&act.identifier)).unwrap();
                        assert_eq!(
                            copy.1.get(RUN_TAG).map(String::as_str),
                            Some(RUN),
                            "what is not ours is not changed"
                        );
                    }
                    Act::CreateMember(act) if self.members.contains_key(&act.member.identifier) => {
                        return taken(&act.member.identifier);
                    }
                    Act::CreateMember(act) => {
                        let up = self.cluster.as_ref().is_some_and(|(since, _)| now - since >= VOLUME);
                        assert!(up, "AWS refuses an instance of a cluster that is not available");
                        self.members.insert(act.member.identifier.clone(), (now, act.tags.clone()));
                    }
                    _ => {}
                }
                if act.makes() {
                    self.made.push(act.name());
                }
                self.done.push(act.name());
            }
            Task::Ask(request) => (self.asked_at, self.answered) = (Some((now, request.attempt)), true),
            Task::Move(_) | Task::Tell(_) => {}
        }
        Ok(())
    }
}

fn arn_of(clustered: bool) -> String {
    format!("arn:aws:rds:eu-west-1:123456789012:{}:{RUN}", if clustered { "cluster" } else { "db" })
}

fn cluster_of(status: &str, tags: &Tags) -> Cluster {
    Cluster {
        identifier: RUN.to_owned(),
        arn: format!("arn:aws:rds:eu-west-1:123456789012:cluster:{RUN}"),
        resource_id: "cluster-NEW".to_owned(),
        engine: crate::database::Engine::AuroraPostgresql,
        engine_version: "16.4".to_owned(),
        status: status.to_owned(),
        created_at: Some(at(1)),
        tags: tags.clone(),
        endpoint: Some("copy.example".to_owned()),
        port: Some(5433),
        members: Vec::new(),
        window: crate::database::Window::default(),
        database_name: None,
        master_user: None,
        secret: None,
        configuration: Configuration::default(),
    }
}

fn instance_of(name: &str, status: &str, tags: &Tags) -> Instance {
    Instance {
        identifier: name.to_owned(),
        arn: format!("arn:aws:rds:eu-west-1:123456789012:db:{name}"),
        resource_id: format!("db-{name}"),
        engine: crate::database::Engine::AuroraPostgresql,
        engine_version: "16.4".to_owned(),
        status: status.to_owned(),
        created_at: Some(at(1)),
        tags: tags.clone(),
        cluster: None,
        endpoint: Some("copy.example".to_owned()),
        port: Some(5433),
        latest_restorable: None,
        database_name: None,
        master_user: None,
        secret: None,
        configuration: Configuration::default(),
    }
}

fn answers(attempt: u32, now: i64) -> Answers {
    let at = at(now).to_string();
    serde_json::from_value(serde_json::json!({
        "version": 1, "run": RUN, "attempt": attempt, "endpoint": "copy.example:5433", "database": "app",
        "first_query_at": at, "finished_at": at, "checks": []
    }))
    .unwrap()
}

/// Ticks every minute until it is over, at most two days; mails that went out
fn play(mut record: Record, aws: &mut Aws, fates: &[Fate]) -> (Record, Vec<Letter>) {
    let (mut mails, mut calls) = (Vec::new(), 0);
    for tick in 0..2880 {
        let now = tick * 60;
        for _ in 0..4 {
            let decision = decide(at(now), &record, &aws.seen(now, &record));
            if decision.is_over {
                return (decision.next, mails);
            }
            if decision.waits(&record) {
                break;
            }
            record = decision.next;
            for task in decision.tasks {
                if let Task::Tell(letter) = task {
                    mails.push(letter);
                    record.told.push(letter);
                    continue;
                }
                let name = match &task {
                    Task::Build(act) => act.name(),
                    _ => "ask".to_owned(),
                };
                let fate = fates.get(calls).copied().unwrap_or(Fate::Done);
                calls += 1;
                let lost = Fault::new(Class::Unknown, "rds:Make", RUN, "", "no reply");
                match fate {
                    Fate::Done => {
                        let result = aws.perform(now, &task);
                        if matches!(&task, Task::Build(Act::StartRestoreJob(_))) {
                            record.job_started("JOB-1".to_owned());
                        }
                        outcome(&mut record, &name, result.as_ref().copied(), at(now));
                    }
                    Fate::Refused(class) => {
                        let no = Fault::new(class, "rds:Make", RUN, "No", "no");
                        outcome(&mut record, &name, Err(&no), at(now));
                    }
                    Fate::Lost => {
                        aws.perform(now, &task).ok();
                        outcome(&mut record, &name, Err(&lost), at(now));
                    }
                    Fate::Vanished => outcome(&mut record, &name, Err(&lost), at(now)),
                    // The process dies: what else it would have done is not done, and nobody knows.
                    Fate::Killed => {
                        aws.perform(now, &task).ok();
                        break;
                    }
                }
            }
        }
    }
    panic!("no end after two days: {record:#?}");
}

#[test]
fn a_cluster_comes_back_with_everything_and_instances_come_up_side_by_side() {
    let mut aws = Aws::default();
    let (end, mails) = play(record(aurora()), &mut aws, &[]);
    assert_eq!(end.phase, Phase::HandedOver);
    assert_eq!(end.differences.as_deref(), Some(&[][..]));
    assert_eq!((end.given_up.len(), end.verdict.is_some()), (0, true));
    assert_eq!(mails, [Letter::Usable, Letter::HandedOver]);
    let up: Vec<SignedDuration> = end.copy.members_at.values().map(|up| up.duration_since(at(0))).collect();
    assert_eq!(up.len(), 3);
    assert!(up.iter().all(|after| *after <= SignedDuration::from_secs(VOLUME + READER + 60)), "not one by one: {up:?}");
    assert!(end.rto().unwrap() <= SignedDuration::from_secs(VOLUME + WRITER + 60));
}

#[test]
fn an_instance_comes_back_with_everything() {
    let mut aws = Aws::default();
    let (end, mails) = play(record(instance()), &mut aws, &[]);
    assert_eq!((end.phase, end.differences.as_deref()), (Phase::HandedOver, Some(&[][..])));
    assert!(mails.ends_with(&[Letter::HandedOver]) && mails.len() <= 2, "{mails:?}");
    for act in ["restore", "change:recovery-orders-20261120120000", "secret"] {
        assert!(aws.done.iter().any(|done| done == act), "{act}: {:?}", aws.done);
    }
}

#[test]
fn a_failed_check_ends_nothing() {
    let mut aws = Aws::default();
    let mut begun = record(aurora());
    begun.questions = Questions::Cannot { why: "nobody can log in".to_owned() };
    let (end, _) = play(begun, &mut aws, &[]);
    assert_eq!(end.phase, Phase::HandedOver);
    assert_eq!(end.verdict.map(|verdict| verdict.word), Some(VerdictWord::Inconclusive));
}

#[test]
fn a_reader_that_aws_refuses_is_given_up_and_told_and_holds_nothing_up() {
    let mut aws = Aws::default();
    // The restore is done; the writer is done; the first reader is refused for good.
    let fates = [Fate::Done, Fate::Done, Fate::Refused(Class::Configuration)];
    let (end, mails) = play(record(aurora()), &mut aws, &fates);
    assert_eq!(end.phase, Phase::HandedOver);
    assert_eq!(end.given_up.len(), 1);
    assert!(end.given_up[0].act.starts_with("create:"), "{:?}", end.given_up);
    assert_eq!(mails, [Letter::Usable, Letter::HandedOver]);
}

#[test]
fn a_writer_that_aws_refuses_is_told_and_nothing_is_removed() {
    let mut aws = Aws::default();
    let fates = [Fate::Done, Fate::Refused(Class::Configuration)];
    let (end, mails) = play(record(aurora()), &mut aws, &fates);
    assert_eq!((end.phase, mails.as_slice()), (Phase::Stuck, &[Letter::Stuck][..]));
    assert!(end.notes.iter().any(|note| note.starts_with("create:")), "{:?}", end.notes);
    assert!(aws.cluster.is_some(), "what stands stays");
}

/// A copy whose volume is there for so long, with instances of this status
fn with_instances(status: &str, since: i64) -> (Record, Observed) {
    let mut begun = record(aurora());
    begun.copy.volume_at = Some(at(0));
    begun.enter(Phase::Building, at(0));
    let tags = Tags::from([(RUN_TAG.to_owned(), RUN.to_owned())]);
    let mut aws = Aws { cluster: Some((-VOLUME, tags.clone())), ..Aws::default() };
    for step in begun.steps() {
        if let Act::CreateMember(act) = &step.act {
            aws.members.insert(act.member.identifier.clone(), (since, tags.clone()));
            let asked = Asked { at: at(0), attempt: 1, state: ActState::Done { at: at(0) } };
            begun.acts.insert(step.act.name(), asked);
        }
    }
    let mut seen = aws.seen(since, &begun);
    for member in seen.members.values_mut() {
        if let SeenOf::Present(instance) = member {
            status.clone_into(&mut instance.status);
        }
    }
    (begun, seen)
}

#[test]
fn a_copy_of_which_no_instance_will_come_up_is_told_at_once() {
    let (begun, mut seen) = with_instances("incompatible-network", 0);
    let decision = decide(at(600), &begun, &seen);
    assert_eq!(decision.next.phase, Phase::Stuck);
    assert!(decision.next.notes[0].contains("is incompatible-network"), "{:?}", decision.next.notes);
    assert!(decision.tasks.contains(&Task::Tell(Letter::Stuck)));
    // As long as one of them may, it is waited for.
    if let Some(SeenOf::Present(last)) = seen.members.values_mut().last() {
        "creating".clone_into(&mut last.status);
    }
    assert_eq!(decide(at(600), &begun, &seen).next.phase, Phase::Building);
}

#[test]
fn what_takes_longer_than_anything_does_is_told_and_not_waited_for_for_good() {
    let (begun, seen) = with_instances("creating", 0);
    let just_before = at(PART_LIMIT.as_secs() - 1);
    assert_eq!(decide(just_before, &begun, &seen).next.phase, Phase::Building);
    assert_eq!(decide(at(PART_LIMIT.as_secs()), &begun, &seen).next.phase, Phase::Stuck);
    let begun = record(aurora());
    let mut seen = Aws::default().seen(0, &begun);
    seen.cluster = SeenOf::Unknown("AccessDenied".to_owned());
    assert_eq!(decide(at(VOLUME_LIMIT.as_secs() - 1), &begun, &seen).next.phase, Phase::Restoring);
    let end = decide(at(VOLUME_LIMIT.as_secs()), &begun, &seen);
    assert!(end.next.phase == Phase::Stuck && end.tasks.contains(&Task::Tell(Letter::Stuck)));
}

#[test]
fn a_copy_that_cannot_be_read_back_is_handed_over_and_said_not_to_be_compared() {
    let (mut begun, mut seen) = with_instances("available", 0);
    begun.verdict = Some(Verdict::inconclusive(Because::NotAsked, "nobody can log in"));
    begun.copy.usable_at = Some(at(0));
    begun.enter(Phase::Completing, at(0));
    seen.copy = None;
    let late = COMPLETING_LIMIT.as_secs() * 2;
    assert_eq!(decide(at(late - 1), &begun, &seen).next.phase, Phase::Completing);
    let end = decide(at(late), &begun, &seen).next;
    assert_eq!((end.phase, end.differences), (Phase::HandedOver, None));
    assert!(end.notes.iter().any(|note| note.contains("not compared")), "{:?}", end.notes);
}

#[test]
fn a_restore_that_aws_refuses_is_told_with_its_words() {
    for class in [Class::Key, Class::Permission, Class::NotFound, Class::Backup, Class::Network] {
        let (end, mails) = play(record(aurora()), &mut Aws::default(), &[Fate::Refused(class)]);
        assert_eq!((end.phase, mails.as_slice()), (Phase::Stuck, &[Letter::Stuck][..]), "{class:?}");
        assert!(end.notes[0].contains(class.words()), "{:?}", end.notes);
    }
}

#[test]
fn a_name_that_is_taken_is_left_alone() {
    let mut aws = Aws { cluster: Some((-9999, Tags::new())), ..Aws::default() };
    let (end, _) = play(record(aurora()), &mut aws, &[]);
    assert_eq!(end.phase, Phase::Stuck);
    assert!(end.notes[0].contains("taken"), "{:?}", end.notes);
    assert!(aws.done.is_empty(), "nothing was asked: {:?}", aws.done);
}

#[test]
fn a_quota_is_waited_for_as_long_as_somebody_may_make_room() {
    let mut fates = vec![Fate::Refused(Class::Quota); 10];
    fates.push(Fate::Done);
    let (end, _) = play(record(aurora()), &mut Aws::default(), &fates);
    assert_eq!(end.phase, Phase::HandedOver);
}

#[test]
fn an_inspection_is_warned_about_an_hour_before_its_end_and_stays_open_until_then() {
    let mut begun = record(aurora());
    begun.purpose = Purpose::Inspection;
    begun.expires_at = Some(at(8 * 3600));
    let (_, mails) = play(begun, &mut Aws::default(), &[]);
    assert_eq!(mails, [Letter::Usable, Letter::HandedOver, Letter::EndsSoon]);
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        4 => Just(Fate::Done),
        1 => Just(Fate::Lost),
        1 => Just(Fate::Vanished),
        1 => Just(Fate::Killed),
        1 => Just(Fate::Refused(Class::Transient)),
        1 => Just(Fate::Refused(Class::WrongState)),
        1 => Just(Fate::Refused(Class::Capacity)),
        1 => Just(Fate::Refused(Class::Permission)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_happens_to_the_calls_it_ends_and_makes_nothing_twice(
        fates in proptest::collection::vec(fate(), 0..30),
        clustered: bool,
        by_job: bool,
    ) {
        let mut aws = Aws::default();
        let begun = record(if clustered { aurora() } else { instance() });
        let begun = if by_job { vaults::from_vault(begun) } else { begun };
        let (end, mails) = play(begun, &mut aws, &fates);
        let mut made = aws.made.clone();
        made.sort();
        made.dedup();
        prop_assert_eq!(made.len(), aws.made.len(), "made twice");
        let mut once = mails.clone();
        once.sort();
        once.dedup();
        prop_assert_eq!(once.len(), mails.len(), "told twice");
        match end.phase {
            Phase::HandedOver => prop_assert!(mails.contains(&Letter::HandedOver)),
            Phase::Stuck => prop_assert!(mails.contains(&Letter::Stuck) && !end.notes.is_empty()),
            other => prop_assert!(false, "{:?}", other),
        }
        let text = serde_json::to_string(&end).unwrap();
        prop_assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), end);
    }
}

/// The names of what is asked for when the volume is seen up for the first time, and then once that is answered
fn asked_in_turn(blueprint: Blueprint) -> Vec<Vec<String>> {
    let mut record = record(blueprint);
    let (mut aws, now) = (Aws::default(), VOLUME + 10);
    let restore = decide(at(5), &record, &aws.seen(5, &record));
    record = restore.next;
    for task in &restore.tasks {
        aws.perform(5, task).unwrap();
    }
    outcome(&mut record, "restore", Ok(()), at(6));
    let mut turns = Vec::new();
    for turn in 0..3 {
        let mut seen = aws.seen(now + turn, &record);
        if record.copy.volume_at.is_none() {
            // Nobody has looked for instances yet.
            seen.members.clear();
        }
        let decision = decide(at(now + turn), &record, &seen);
        record = decision.next;
        let mut names = Vec::new();
        for task in &decision.tasks {
            let Task::Build(act) = task else { continue };
            aws.perform(now + turn, task).unwrap();
            outcome(&mut record, &act.name(), Ok(()), at(now + turn));
            names.push(act.name().split(':').next().unwrap().to_owned());
        }
        turns.push(names);
    }
    turns
}

#[test]
fn instances_are_asked_for_at_the_first_sight_of_the_volume_and_before_it_is_changed() {
    let turns = asked_in_turn(aurora());
    assert!(turns[0].starts_with(&["create".to_owned(), "create".to_owned()]), "{turns:?}");
    assert!(!turns[0].contains(&"change".to_owned()) && turns[1].contains(&"change".to_owned()), "{turns:?}");
}

#[test]
fn a_parameter_group_is_set_before_there_are_instances_that_would_have_to_be_started_again() {
    let turns = asked_in_turn(documents());
    assert_eq!(turns[0], ["change"], "{turns:?}");
    assert!(turns[1].iter().all(|name| name == "create") && !turns[1].is_empty(), "{turns:?}");
}

#[test]
fn a_setting_whose_replies_were_all_lost_is_not_told_as_given_up_when_it_is_there() {
    let mut record = record(aurora());
    (record.copy.volume_at, record.copy.usable_at) = (Some(at(600)), Some(at(1100)));
    record.verdict = Some(Verdict::inconclusive(Because::NotAsked, "nobody was let in"));
    record.phase = Phase::Completing;
    for member in crate::recover::members(&record.blueprint, RUN) {
        record.copy.members_at.insert(member.identifier, at(1100));
    }
    for step in record.steps() {
        let state = ActState::Done { at: at(1200) };
        record.acts.insert(step.act.name(), Asked { at: at(1200), attempt: 1, state });
    }
    let role = record.steps().into_iter().map(|step| step.act.name()).find(|name| name.starts_with("role:")).unwrap();
    record.acts.get_mut(&role).unwrap().state = ActState::Asked;
    record.given_up.push(crate::recover::record::GivenUp { act: role, why: "no reply came".to_owned() });
    let members = crate::recover::members(&record.blueprint, RUN);
    let same = Blueprint { members, ..record.blueprint.clone() };
    let with = |copy: Blueprint| {
        let mut seen = Aws { cluster: Some((0, Tags::new())), ..Aws::default() }.seen(1300, &record);
        seen.cluster = SeenOf::Present(cluster_of("available", &tags_of_run()));
        seen.copy = Some(copy);
        decide(at(1300), &record, &seen).next
    };
    let whole = with(same.clone());
    assert_eq!((whole.phase, whole.given_up.as_slice()), (Phase::HandedOver, &[][..]));
    assert_eq!(whole.still_to_come(), Vec::<String>::new());
    let mut less = same;
    less.settings.roles.clear();
    assert_eq!(with(less).given_up.len(), 1, "what is not there stays given up");
}

fn tags_of_run() -> Tags {
    [(RUN_TAG.to_owned(), RUN.to_owned())].into_iter().collect()
}
