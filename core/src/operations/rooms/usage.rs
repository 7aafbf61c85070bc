//! Usage: minutes, open sessions and the plan.

use super::ROOMS;
use super::sessions::{ACTIVE_OBJECT, Concurrency, Session};
use crate::operations::Resource;
use crate::table::wire::{SUCCESS, flag, instant, list, nested, number, text};
use crate::table::{Answer, Modelled, Operation, Wire, WireObject};
use jiff::Timestamp;

pub(super) const RESOURCE: Resource =
    Resource { name: "usage", doc: "Usage: minutes, open sessions and the plan.", operations: &[&GET] };

model! {
    /// The usage of the account.
    AccountUsage {
        /// The current period.
        period: Option<Period>,
        /// The minutes that are part of the plan.
        included_minutes: Option<IncludedMinutes>,
        /// The minutes that were bought in addition.
        purchased_minutes: Option<PurchasedMinutes>,
        /// The minutes that are left, of the plan and bought; null if unlimited.
        total_remaining: Option<f64>,
        /// The sessions that are open.
        active_sessions: Option<Vec<Session>>,
        /// The minutes of the open sessions so far, each rounded up.
        active_minutes: Option<f64>,
        /// The number of open sessions, and the maximum.
        concurrency: Option<Concurrency>,
        /// The plan.
        plan: Option<Plan>,
        /// The number of avatars of your own.
        avatars: Option<AvatarUsage>,
    }
}

model! {
    /// A period of the plan.
    Period {
        /// The start.
        start: Option<Timestamp>,
        /// The end.
        end: Option<Timestamp>,
    }
}

model! {
    /// The minutes that are part of the plan, for one period.
    IncludedMinutes {
        /// The minutes of the plan; null if unlimited.
        total: Option<f64>,
        /// The minutes used.
        used: Option<f64>,
        /// The minutes that are left; null if unlimited.
        remaining: Option<f64>,
    }
}

model! {
    /// The minutes that were bought.
    PurchasedMinutes {
        /// The minutes that were bought.
        total: Option<f64>,
        /// The minutes that are left.
        remaining: Option<f64>,
    }
}

model! {
    /// The plan of the account.
    Plan {
        /// The key, such as `pro`.
        key: Option<String>,
        /// The name.
        name: Option<String>,
        /// The maximum duration of a session, in minutes; null if unlimited.
        max_session_duration: Option<f64>,
        /// Whether the plan will renew.
        will_renew: Option<bool>,
    }
}

model! {
    /// The number of avatars of your own.
    AvatarUsage {
        /// The maximum: 0 if the plan has none, null if unlimited.
        limit: Option<f64>,
        /// The number of avatars that count against the limit.
        used: Option<f64>,
        /// The number that is left; null if unlimited.
        remaining: Option<f64>,
    }
}

static PERIOD_OBJECT: WireObject = WireObject { name: "Period", fields: &[instant("start"), instant("end")] };

static INCLUDED_OBJECT: WireObject =
    WireObject { name: "IncludedMinutes", fields: &[number("total").or_null(), number("used"), number("remaining").or_null()] };

static PURCHASED_OBJECT: WireObject = WireObject { name: "PurchasedMinutes", fields: &[number("total"), number("remaining")] };

static PLAN_OBJECT: WireObject = WireObject {
    name: "Plan",
    fields: &[text("key"), text("name"), number("max_session_duration").or_null(), flag("will_renew")],
};

static AVATARS_OBJECT: WireObject = WireObject {
    name: "AvatarUsage",
    fields: &[number("limit").or_null(), number("used").if_known(), number("remaining").if_known()],
};

/// The response to `usage.get`.
static OBJECT: WireObject = WireObject {
    name: "Usage",
    fields: &[
        nested("period", &PERIOD_OBJECT),
        nested("included_minutes", &INCLUDED_OBJECT),
        nested("purchased_minutes", &PURCHASED_OBJECT),
        number("total_remaining").or_null(),
        list("active_sessions", &ACTIVE_OBJECT),
        number("active_minutes"),
        nested("concurrency", &super::sessions::CONCURRENCY_OBJECT),
        nested("plan", &PLAN_OBJECT),
        nested("avatars", &AVATARS_OBJECT).if_known(),
    ],
};

/// `GET /v1/usage`
pub static GET: Operation = Operation {
    name: "usage.get",
    summary: "Returns the minutes used and left, the open sessions and the plan.",
    path: "/v1/usage",
    answer: Answer::One { model: AccountUsage::MODEL, under: &["usage"] },
    wire: Wire::Object(&[SUCCESS, nested("usage", &OBJECT)]),
    ..ROOMS
};
