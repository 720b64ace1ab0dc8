//! The fault tests of `WorkConnect` Chat: virtual people who load a stack over its public doors, a nemesis that breaks it meanwhile, a
//! history of what everybody saw, and a judge of the promises who knows nothing of the services.

pub mod check;
pub mod history;
