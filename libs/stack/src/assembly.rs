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
use crate::nats_server::{self, Nats, NatsPorts};
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
use crate::servers::Postgres;
use crate::service::{Place, Service, Surroundings};
use crate::stack::{Instance, Stack};
use crate::standby::{self, Standby};
use crate::watcher::Watcher;

/// The primary, or the only server, of Postgres.
const POSTGRES: &str = "postgres";
/// Its standby.
const STANDBY: &str = "postgres-standby";

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
    standby: Option<ReservedPort>,
    nats: Vec<NatsPorts>,
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
        let standby = options.with_standby.then(ReservedPort::probe).transpose()?;
        Ok(Self {
            postgres: ReservedPort::probe()?,
            standby,
            nats: NatsPorts::reserve(options.nats_servers, &options.hosts)?,
            services,
        })
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
    let (host, public_port) = (options.hosts.address(&name), public.as_ref().map(ReservedPort::number));
    let place = Place { service, name, host, public_port, ops_port: ops.number() };
    Ok((place, public.into_iter().chain([ops]).collect()))
}

/// A Postgres server that can be started, with its standby.
struct ReadyPostgres {
    process: Process,
    standby: Option<Standby>,
    url: String,
    standby_url: Option<String>,
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
        let gateway_url = ports.gateway_url(self.options.tls);
        let postgres = self.prepare_postgres(ports.postgres, ports.standby, certificates.as_ref()).await?;
        let nats_scheme = if certificates.is_some() { "tls" } else { "nats" };
        let nats_address = ports.nats.iter().map(|ports| format!("{nats_scheme}://{}", ports.client()));
        let nats_address = nats_address.collect::<Vec<_>>().join(",");
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
        let nats = self.nats(&nats_users, certificates.as_ref(), ports.nats)?;
        let nats_url = nats_users.url(DEVELOPER, &nats_address)?;
        let ReadyPostgres { process: postgres, standby, url: database_url, standby_url, role_urls } = postgres;
        let Self { options, watcher, keeper } = self;
        Ok(Stack {
            options,
            watcher,
            postgres,
            standby,
            nats,
            services,
            database_url,
            standby_url,
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
    async fn prepare_postgres(
        &self,
        port: ReservedPort,
        standby_port: Option<ReservedPort>,
        certificates: Option<&Certificates>,
    ) -> Result<ReadyPostgres> {
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
        let standby_number = standby_port.as_ref().map(ReservedPort::number);
        let [host, standby_host] = [POSTGRES, STANDBY].map(|name| options.hosts.address(name));
        let primary = Postgres {
            programs: &programs,
            user: &user,
            cluster: &cluster,
            host: (&host, options.hosts.network()),
            port: port.number(),
            more: if standby_port.is_some() { standby::primary_settings() } else { Vec::new() },
            shared_buffers_mb: options.shared_buffers_mb,
            death_signal,
            certificates,
        };
        let standby = standby_port.map(|port| self.standby(&primary, &maker, (&standby_host, port))).transpose()?;
        let standby_address = standby_number.map(|port| (standby_host.as_str(), port));
        Ok(ReadyPostgres {
            process: self
                .process(POSTGRES, primary.program(self.log(POSTGRES)?)?, primary.readiness())
                .reserving([port]),
            standby,
            url: primary.url_at((&host, primary.port))?,
            standby_url: standby_address.map(|at| primary.url_at(at)).transpose()?,
            role_urls: primary.role_urls(standby_address)?,
        })
    }

    fn standby(
        &self,
        primary: &Postgres<'_>,
        maker: &Maker<'_>,
        (host, port): (&str, ReservedPort),
    ) -> Result<Standby> {
        let cluster = Cluster::standby_of(&self.options.data_dir);
        let password = primary.cluster.password()?;
        fs::create_dir_all(cluster.home()).with_context(|| format!("cannot create {}", cluster.home().display()))?;
        let more = standby::settings((primary.host.0, primary.port), primary.certificates);
        let host = (host, primary.host.1);
        let server = Postgres { cluster: &cluster, host, port: port.number(), more, ..*primary };
        let mut program = server.program(self.log(STANDBY)?)?;
        program.env.push(("PGPASSWORD".to_owned(), password.clone()));
        let process = self.process(STANDBY, program, server.readiness()).reserving([port]);
        Standby::new(process, cluster.clone(), maker, (primary.host.0, primary.port), primary.certificates, password)
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

    fn nats(
        &self,
        users: &NatsUsers,
        certificates: Option<&Certificates>,
        ports: Vec<NatsPorts>,
    ) -> Result<Vec<Process>> {
        let (options, data_dir) = (&self.options, &self.options.data_dir);
        let starts: Vec<PathBuf> =
            [std::env::current_dir().ok(), Some(options.bin_dir.clone())].into_iter().flatten().collect();
        let server = locate::find_nats_server(options.nats_server.as_deref(), &starts)?;
        let named = options.nats_config.as_deref();
        let config = nats_server::configuration(named, options.nats_servers, certificates, data_dir)?;
        let nats = Nats { server: &server, config: &config, users, certificates, data_dir, ports: &ports };
        let programs = (0..ports.len()).map(|index| {
            let name = nats.name(index);
            Ok((nats.program(index, self.log(&name)?)?, name))
        });
        let programs: Vec<_> = programs.collect::<Result<_>>()?;
        let start = |((program, name), ports): ((Program, String), NatsPorts)| {
            self.process(&name, program, ports.readiness()).reserving(ports.into_all())
        };
        Ok(programs.into_iter().zip(ports).map(start).collect())
    }

    fn process(&self, name: &str, mut program: Program, readiness: Readiness) -> Process {
        program.host = self.options.hosts.wrapper(name);
        Process::new(name, program, readiness, &self.options.data_dir, &self.watcher, self.keeper.handle())
    }

    fn log(&self, name: &str) -> Result<LogFile> {
        LogFile::create(&self.options.data_dir, name)
    }
}
