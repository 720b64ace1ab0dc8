//! Puts a stack together, up to the point where its servers can be started: directory, leftovers, ports, secrets, cluster, processes.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::PathBuf;

use anyhow::{Context, Result};
use nix::sys::signal::Signal;

use crate::certificates::{Certificates, TlsMode};
use crate::cluster::{Cluster, Maker, USER};
use crate::keeper::Keeper;
use crate::leftovers;
use crate::locate::{self, PostgresPrograms};
use crate::logs::LogFile;
use crate::nats_users::{DEVELOPER, NatsUsers};
use crate::options::StackOptions;
use crate::ports::ReservedPort;
use crate::postgres_user::PostgresUser;
use crate::process::Process;
use crate::program::Program;
use crate::readiness::Readiness;
use crate::roles::Role;
use crate::run_file;
use crate::secrets;
use crate::servers::{self, Nats, Postgres};
use crate::service::{Place, Service, Surroundings};
use crate::stack::{Instance, Stack};
use crate::watcher::Watcher;

/// A stack of which nothing runs yet.
pub(crate) async fn assemble(mut options: StackOptions) -> Result<Stack> {
    if let (true, Some(parent)) = (options.remove_data, options.data_dir.parent()) {
        leftovers::sweep(parent, &options.report);
    }
    let lock = leftovers::lock(&options.data_dir)?;
    options.data_dir = fs::canonicalize(&options.data_dir).context("the data directory has just been made")?;
    // Of a killed run: whoever waits for the file must not read that one.
    run_file::remove(&options.data_dir);
    leftovers::stop(&options.data_dir, &options.report)?;
    let ports = Ports::reserve(&options)?;
    if options.admit_own_pages && options.public_value("ALLOWED_ORIGINS").is_none() {
        let pages = ports.own_pages(options.tls);
        options = options.public_env("ALLOWED_ORIGINS", &pages);
    }
    let assembly = Assembly { watcher: Watcher::new(options.report.clone()), keeper: Keeper::start()?, options };
    assembly.into_stack(ports, lock).await
}

/// All ports, taken before anything is started.
struct Ports {
    postgres: ReservedPort,
    nats: ReservedPort,
    services: Vec<(Place, Vec<ReservedPort>)>,
}

impl Ports {
    fn reserve(options: &StackOptions) -> Result<Self> {
        let mut services = Vec::new();
        for service in Service::ALL {
            for number in 1..=options.instances.of(service) {
                services.push(reserve_place(options, service, number)?);
            }
        }
        Ok(Self { postgres: ReservedPort::probe()?, nats: ReservedPort::probe()?, services })
    }

    /// The first gateway's address for clients.
    fn gateway_url(&self, tls: TlsMode) -> Option<String> {
        let mut places = self.services.iter().map(|(place, _)| place);
        places.find(|place| place.service == Service::Gateway).and_then(|place| place.url(tls))
    }

    /// The origins of the pages that the apis serve, as browsers write them: without the usual port.
    fn own_pages(&self, tls: TlsMode) -> String {
        let (scheme, usual) = if tls == TlsMode::Off { ("http", 80) } else { ("https", 443) };
        let apis = self.services.iter().filter(|(place, _)| place.service == Service::Api);
        let ports = apis.filter_map(|(place, _)| place.public_port);
        let origins = ports.flat_map(|port| {
            let port = if port == usual { String::new() } else { format!(":{port}") };
            ["127.0.0.1", "localhost"].map(|host| format!("{scheme}://{host}{port}"))
        });
        origins.collect::<Vec<_>>().join(",")
    }
}

/// The first instance gets the operator's port, the others any.
fn reserve_place(options: &StackOptions, service: Service, number: u16) -> Result<(Place, Vec<ReservedPort>)> {
    let wanted = match service {
        Service::Api => options.api_port.map(|port| (port, "API_PORT")),
        Service::Gateway => options.ws_port.map(|port| (port, "WS_PORT")),
        Service::Persistence | Service::Presence => None,
    };
    let public = match (service.public(), wanted.filter(|_| number == 1)) {
        (None, _) => None,
        (Some(_), Some((port, variable))) => Some(ReservedPort::public(port, variable)?),
        (Some(_), None) => Some(ReservedPort::probe()?),
    };
    let ops = ReservedPort::probe()?;
    let name = format!("{}-{number}", service.name());
    let place = Place { service, name, public_port: public.as_ref().map(ReservedPort::number), ops_port: ops.number() };
    Ok((place, public.into_iter().chain([ops]).collect()))
}

/// A Postgres server that can be started.
struct ReadyPostgres {
    program: Program,
    readiness: Readiness,
    url: String,
    role_urls: BTreeMap<Role, String>,
}

struct Assembly {
    options: StackOptions,
    watcher: Watcher,
    keeper: Keeper,
}

impl Assembly {
    async fn into_stack(self, ports: Ports, lock: File) -> Result<Stack> {
        let jwt_secret = secrets::load_or_create(&self.options.data_dir, "jwt")?;
        let certificates = self.certificates()?;
        let nats_users = NatsUsers::load_or_create(&self.options.data_dir)?;
        let postgres = self.prepare_postgres(ports.postgres.number(), certificates.as_ref()).await?;
        let nats_port = ports.nats.number();
        let nats_scheme = if certificates.is_some() { "tls" } else { "nats" };
        let nats_address = format!("{nats_scheme}://127.0.0.1:{nats_port}");
        let gateway_url = ports.gateway_url(self.options.tls);
        let around = Surroundings {
            bin_dir: &self.options.bin_dir,
            data_dir: &self.options.data_dir,
            database_urls: &postgres.role_urls,
            nats_url: &nats_address,
            nats_users: &nats_users,
            tls: certificates.as_ref().map(|made| (made, self.options.tls)),
            jwt_secret: &jwt_secret,
            web: self.options.web.as_ref().map(|page| (page, gateway_url.as_deref())),
            log_filter: self.options.log_filter.as_deref(),
            inherit_env: self.options.inherit_env,
        };
        let mut services: BTreeMap<Service, Vec<Instance>> = BTreeMap::new();
        for (place, reserved) in ports.services {
            services.entry(place.service).or_default().push(self.instance(&place, &around, reserved)?);
        }
        let nats_program = self.nats_program(&nats_users, certificates.as_ref(), nats_port)?;
        let nats = self.process("nats", nats_program, Readiness::Nats { port: nats_port }).reserving([ports.nats]);
        let nats_url = nats_users.url(DEVELOPER, &nats_address)?;
        let (database_url, role_urls) = (postgres.url, postgres.role_urls);
        let postgres = self.process("postgres", postgres.program, postgres.readiness).reserving([ports.postgres]);
        let Self { options, watcher, keeper } = self;
        Ok(Stack {
            options,
            watcher,
            postgres,
            nats,
            services,
            database_url,
            role_urls,
            nats_url,
            nats_users,
            nats_address,
            certificates,
            jwt_secret,
            keeper,
            _lock: lock,
        })
    }

    fn instance(&self, place: &Place, around: &Surroundings<'_>, reserved: Vec<ReservedPort>) -> Result<Instance> {
        let program = place.program(around, &self.options.env_of(place.service), self.log(&place.name)?)?;
        let process = self.process(&place.name, program, place.readiness()).reserving(reserved);
        Ok(Instance { process, url: place.url(self.options.tls), ops_url: place.ops_url() })
    }

    /// Finds Postgres and makes its cluster, if there is none yet.
    async fn prepare_postgres(&self, port: u16, certificates: Option<&Certificates>) -> Result<ReadyPostgres> {
        let options = &self.options;
        let cluster = Cluster::of(&options.data_dir);
        let programs = PostgresPrograms::find(options.postgres_bin_dir.as_deref(), cluster.major())?;
        let user = PostgresUser::choose(&options.data_dir)?;
        let log = self.log("initdb")?;
        let maker = Maker { programs: &programs, user: &user, log: &log, keeper: self.keeper.handle() };
        if !cluster.exists() {
            self.watcher.report(&format!("postgres: making a new database cluster (version {})", programs.major));
            match &options.template_dir {
                Some(template) => maker.copy(template, &cluster).await?,
                None => maker.make(&cluster).await?,
            }
        }
        user.take_over(cluster.home())?;
        maker.add_roles(&cluster).await?;
        // Data that nobody keeps needs no orderly end.
        let death_signal = if options.remove_data { Signal::SIGQUIT } else { Signal::SIGINT };
        let server = Postgres {
            programs: &programs,
            user: &user,
            cluster: &cluster,
            port,
            shared_buffers_mb: options.shared_buffers_mb,
            death_signal,
            certificates,
        };
        Ok(ReadyPostgres {
            program: server.program(self.log("postgres")?)?,
            readiness: server.readiness(),
            url: server.url()?,
            role_urls: server.role_urls()?,
        })
    }

    /// One for each service and each role, and one for whoever is outside.
    fn certificates(&self) -> Result<Option<Certificates>> {
        if self.options.tls == TlsMode::Off {
            return Ok(None);
        }
        let services = Service::ALL.into_iter().map(Service::name);
        let roles = Role::ALL.into_iter().map(Role::name).chain([USER]);
        let clients: Vec<_> = services.chain(roles).chain([Certificates::CLIENT]).collect();
        Certificates::make(&self.options.data_dir.join("tls"), &clients).map(Some)
    }

    fn nats_program(&self, users: &NatsUsers, certificates: Option<&Certificates>, port: u16) -> Result<Program> {
        let options = &self.options;
        let starts: Vec<PathBuf> =
            [std::env::current_dir().ok(), Some(options.bin_dir.clone())].into_iter().flatten().collect();
        let server = locate::find_nats_server(options.nats_server.as_deref(), &starts)?;
        let config = servers::nats_config(options.nats_config.as_deref(), certificates, &options.data_dir)?;
        let nats = Nats { server: &server, config: &config, users, data_dir: &options.data_dir, port };
        Ok(nats.program(self.log("nats")?))
    }

    fn process(&self, name: &str, program: Program, readiness: Readiness) -> Process {
        Process::new(name, program, readiness, &self.options.data_dir, &self.watcher, self.keeper.handle())
    }

    fn log(&self, name: &str) -> Result<LogFile> {
        LogFile::create(&self.options.data_dir, name)
    }
}
