//! What many traces say together: experiments at a glance, sessions, figures over time, and what
//! goes along with bad feedback. Kansoku's own routes; each file is one of them.
mod experiments;

use crate::routes::Routes;

pub(crate) fn routes(routes: &mut Routes) {
    experiments::routes(routes);
}
