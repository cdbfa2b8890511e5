//! A whole installation, under load: processes of all roles, who buys, who watches, who consumes.
//! And what must hold of it after whatever fault.

use aisle_infra::testing::postgres_server::PostgresServer;
use serde_json::Value;

use super::consumer::Consumer;
use super::watcher::Watcher;
use crate::outages::events_on_sale;
use crate::support::{
    Account, Aftermath, Breaks, Client, Doors, Lapses, Node, Nodes, Proxy, Rush, Site as _, Source,
    Target, assert_kept,
};

/// How many buy at once.
const BUYERS: u64 = 6;

/// How long a hold lasts, in seconds: longer than a test.
const HOLD: u32 = 600;

/// Processes of all roles.
pub(crate) struct Installation {
    pub(crate) nodes: Nodes,
    /// One PostgreSQL, behind an address that can move.
    pub(crate) database: PostgresServer,
    pub(crate) address: Proxy,
    pub(crate) command: Node,
    pub(crate) relays: Vec<Node>,
    pub(crate) projectors: Vec<Node>,
    /// Each with its name. They hand commands on.
    pub(crate) queries: Vec<(&'static str, Node)>,
    pub(crate) events: Vec<String>,
    /// Each with the place of the query process that tells it.
    watchers: Vec<(usize, Watcher)>,
    consumer: Consumer,
}

impl Installation {
    /// Two query processes and one of each other role, with two events on sale; `nats` are the URLs
    /// of its servers, and so many of them keep each fact.
    pub(crate) async fn open(nats: &str, replicas: usize) -> Self {
        let database = PostgresServer::start(|_| {}).await;
        let address = Proxy::start(Target::Socket(database.socket())).await;
        let nodes = Nodes::over(address.url(), nats.to_owned());
        let command = nodes.start("command", "command", &[]);
        let replicas = replicas.to_string();
        let relays = vec![nodes.start("relay", "relay-1", &["--stream-replicas", &replicas])];
        let projectors = vec![nodes.start("project", "project-1", &[])];
        let start = |name| (name, nodes.start("query", name, &["--command-url", &command.url]));
        let queries = vec![start("query-1"), start("query-2")];
        let ready = queries.iter().map(|(_, node)| node).chain(&projectors).chain([&command]);
        for node in ready {
            node.ready().await;
        }
        let events = events_on_sale(&nodes.site(&queries[0].1), HOLD).await;
        let (watchers, consumer) = (Vec::new(), Consumer::at(nats).await);
        let mut site = Self {
            nodes,
            database,
            address,
            command,
            relays,
            projectors,
            queries,
            events,
            watchers,
            consumer,
        };
        (0..site.queries.len()).for_each(|query| site.is_watched(query));
        site
    }

    /// Starts another query process, which is watched, too.
    pub(crate) async fn add_query(&mut self, name: &'static str, arguments: &[&str]) -> usize {
        let node = self.nodes.start("query", name, arguments);
        node.ready().await;
        self.queries.push((name, node));
        self.is_watched(self.queries.len() - 1);
        self.queries.len() - 1
    }

    /// Starts who takes commands, keeps the tables and shows them anew, in the same folders.
    pub(crate) async fn restart(&mut self) {
        self.watchers.clear();
        std::mem::replace(&mut self.command, self.nodes.start("command", "command", &[])).stop();
        let projector = self.nodes.start("project", "project-1", &[]);
        self.projectors.drain(..).for_each(Node::stop);
        self.projectors.push(projector);
        let queries: Vec<_> = self.queries.drain(..).collect();
        let commands = self.command.url.clone();
        for (name, node) in queries {
            node.stop();
            self.add_query(name, &["--command-url", &commands]).await;
        }
    }

    /// Nobody watches at a query process that is gone.
    pub(crate) fn forget_watchers_of(&mut self, gone: usize) {
        self.watchers.retain(|(query, _)| *query != gone);
    }

    /// Somebody watches each event at this query process.
    fn is_watched(&mut self, query: usize) {
        let url = &self.queries[query].1.url;
        let watch = |event: &String| (query, Watcher::at(url, event));
        self.watchers.extend(self.events.iter().map(watch));
    }

    /// Many buy, at each of the query processes.
    pub(crate) fn rush(&self) -> Rush {
        let urls: Vec<&str> = self.queries.iter().map(|(_, node)| &*node.url).collect();
        let site = self.nodes.site(&self.queries[0].1);
        let steady = (Breaks::Never, Lapses::Never);
        Rush::begin(BUYERS, &site, &Doors::new(&urls), &self.events, steady)
    }

    /// Whoever asks one of the query processes.
    pub(crate) fn reader(&self, query: usize) -> Client {
        self.nodes.site(&self.queries[query].1).client("root", "admin")
    }

    /// Nothing is lost of what buyers were told; the same is shown by each process, read and live;
    /// everything is published, in order; and every read model is what a rebuild from the first
    /// fact on makes.
    pub(crate) async fn is_whole(&self, accounts: &[Account]) {
        self.is_shown(accounts).await;
        self.is_published().await;
    }

    /// Everything is published, in order.
    pub(crate) async fn is_published(&self) {
        let journal = Source::Postgres(self.address.url()).rows().await;
        self.consumer.has_all(&journal).await;
    }

    /// The rest.
    pub(crate) async fn is_shown(&self, accounts: &[Account]) {
        let aftermath = Aftermath::of(&Source::Postgres(self.address.url())).await;
        let has_everything = |said: &Value| {
            let projections = said["projections"].as_array().unwrap();
            projections.iter().all(|it| it["applied"] == aftermath.head() && it["state"] == "live")
        };
        for (_, node) in &self.queries {
            assert_kept(&aftermath, accounts, &self.nodes.site(node)).await;
            node.says(has_everything).await;
        }
        for (query, watcher) in &self.watchers {
            watcher.shows_what_is_read(&self.reader(*query)).await;
        }
        let shown = self.shown(0).await;
        for query in 1..self.queries.len() {
            assert_eq!(self.shown(query).await, shown);
        }
        self.is_rebuilt_the_same();
    }

    /// What a query process shows of each event: its page, from a table, and its seats, from
    /// memory. Their counts agree.
    async fn shown(&self, query: usize) -> Vec<[Value; 2]> {
        let (reader, mut shown) = (self.reader(query), Vec::new());
        for event in &self.events {
            let page = reader.get(&format!("/v1/events/{event}")).await;
            let seats = reader.get(&format!("/v1/events/{event}/seats")).await;
            let counts = ["available", "held", "sold"].map(|name| &page["seats"][name]);
            assert_eq!(counts, ["free", "held", "sold"].map(|name| &seats[name]));
            shown.push([page, seats]);
        }
        shown
    }

    /// Compares the digests. The command says by its exit status if they differ.
    fn is_rebuilt_the_same(&self) {
        // The tables are shared, the search index is each one's own.
        let what = std::iter::once("all").chain(std::iter::repeat("search"));
        for (what, (name, _)) in what.zip(&self.queries) {
            let folder = self.nodes.folder_of(name);
            let folder = folder.to_str().unwrap();
            let report = self.nodes.run(&["rebuild", what, "--compare-only", "--data", folder]);
            let count = |text: &str| report.lines().filter(|line| line.contains(text)).count();
            assert_eq!(count(" at position "), count("  equal"), "{report}");
        }
    }
}
