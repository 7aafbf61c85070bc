//! The plan and the minutes of an account.

use rusqlite::{Connection, params};
use serde::Serialize;
use utoipa::ToSchema;

use super::sessions::{self, ActiveSession};
use crate::error::ApiError;
use crate::options::Minutes;
use crate::plan::{MAX_SESSION_MINUTES, Plan};
use crate::store::{Store, change, one};
use crate::time::{self, Month};
use crate::values;

/// The plan and the minutes of accounts that were not changed.
#[derive(Clone, Copy)]
pub struct AccountDefaults {
    pub plan: Plan,
    pub minutes: Minutes,
}

impl Default for AccountDefaults {
    fn default() -> Self {
        Self { plan: Plan::Pro, minutes: Minutes::OfPlan }
    }
}

/// The changes of a control request.
pub struct AccountChanges {
    pub plan: Option<Plan>,
    pub included_minutes: Option<Minutes>,
    pub purchased_minutes: Option<i64>,
}

pub struct Account {
    pub plan: Plan,
    minutes: Minutes,
    purchased: i64,
    purchased_left: i64,
}

/// The minutes of an account in one month. `None` is no limit.
#[derive(Clone, Copy)]
pub struct Included {
    total: Option<i64>,
    used: i64,
}

#[derive(Serialize, ToSchema)]
pub struct Concurrency {
    pub current: i64,
    #[schema(required)]
    pub max: Option<i64>,
    #[schema(required)]
    pub available: Option<i64>,
}

#[derive(Serialize, ToSchema)]
pub struct Usage {
    pub period: Period,
    pub included_minutes: IncludedMinutes,
    pub purchased_minutes: PurchasedMinutes,
    #[schema(required, schema_with = values::nullable_number)]
    pub total_remaining: Option<i64>,
    pub active_sessions: Vec<ActiveSession>,
    /// Each session rounded up to whole minutes.
    #[schema(schema_with = values::number)]
    pub active_minutes: i64,
    pub concurrency: Concurrency,
    pub plan: PlanOfUsage,
    pub avatars: AvatarsOfUsage,
}

#[derive(Serialize, ToSchema)]
pub struct Period {
    #[schema(format = DateTime)]
    start: String,
    #[schema(format = DateTime)]
    end: String,
}

#[derive(Serialize, ToSchema)]
pub struct IncludedMinutes {
    #[schema(required, schema_with = values::nullable_number)]
    total: Option<i64>,
    #[schema(schema_with = values::number)]
    used: i64,
    #[schema(required, schema_with = values::nullable_number)]
    remaining: Option<i64>,
}

#[derive(Serialize, ToSchema)]
pub struct PurchasedMinutes {
    #[schema(schema_with = values::number)]
    total: i64,
    #[schema(schema_with = values::number)]
    remaining: i64,
}

#[derive(Serialize, ToSchema)]
pub struct PlanOfUsage {
    key: &'static str,
    name: &'static str,
    /// Minutes.
    #[schema(required, schema_with = values::nullable_number)]
    max_session_duration: Option<i64>,
    will_renew: bool,
}

/// The avatars that the plan can generate. The sandbox generates none.
#[derive(Serialize, ToSchema)]
pub struct AvatarsOfUsage {
    #[schema(required, schema_with = values::nullable_number)]
    limit: Option<i64>,
    #[schema(required, schema_with = values::nullable_number)]
    used: Option<i64>,
    #[schema(required, schema_with = values::nullable_number)]
    remaining: Option<i64>,
}

impl Included {
    pub fn remaining(self) -> Option<i64> {
        self.total.map(|total| (total - self.used).max(0))
    }
}

impl Account {
    pub fn of(db: &Connection, user_id: i64, defaults: AccountDefaults) -> rusqlite::Result<Self> {
        let sql = "SELECT plan, included, purchased, purchased_left FROM rooms_accounts WHERE user_id = ?";
        let stored = one(db, sql, [user_id], |row| {
            Ok(Self {
                plan: Plan::of_key(&row.get::<_, String>(0)?).unwrap_or(defaults.plan),
                minutes: row.get::<_, String>(1)?.parse().unwrap_or(Minutes::OfPlan),
                purchased: row.get(2)?,
                purchased_left: row.get(3)?,
            })
        })?;
        let AccountDefaults { plan, minutes } = defaults;
        Ok(stored.unwrap_or(Self { plan, minutes, purchased: 0, purchased_left: 0 }))
    }

    fn save(&self, db: &Connection, user_id: i64) -> rusqlite::Result<()> {
        let minutes = match self.minutes {
            Minutes::OfPlan => "plan".to_owned(),
            Minutes::Fixed(minutes) => minutes.to_string(),
            Minutes::Unlimited => "off".to_owned(),
        };
        let sql = "INSERT OR REPLACE INTO rooms_accounts VALUES (?, ?, ?, ?, ?)";
        change(db, sql, params![user_id, self.plan.key(), minutes, self.purchased, self.purchased_left])?;
        Ok(())
    }

    /// Returns the included minutes in a month.
    pub fn included(&self, db: &Connection, user_id: i64, month: &Month) -> rusqlite::Result<Included> {
        let sql = "SELECT coalesce(sum(from_plan), 0) FROM rooms_sessions
                   WHERE user_id = ? AND ended_at BETWEEN ? AND ?";
        let used = one(db, sql, params![user_id, month.start, month.last], |row| row.get(0))?.unwrap_or(0);
        let total = match self.minutes {
            Minutes::OfPlan => Some(self.plan.minutes()),
            Minutes::Fixed(minutes) => Some(minutes.into()),
            Minutes::Unlimited => None,
        };
        Ok(Included { total, used })
    }

    /// Returns the minutes that remain in a month. `None` is no limit.
    pub fn remaining(&self, db: &Connection, user_id: i64, month: &Month) -> rusqlite::Result<Option<i64>> {
        let included = self.included(db, user_id, month)?.remaining();
        Ok(included.map(|included| included + self.purchased_left))
    }

    /// Whether sessions may have a picture in place of an avatar.
    pub fn has_pictures(&self) -> bool {
        self.plan != Plan::Free
    }

    pub fn purchased_left(&self) -> i64 {
        self.purchased_left
    }

    pub fn concurrency(&self, current: i64) -> Concurrency {
        let max = self.plan.sessions();
        Concurrency { current, max: Some(max), available: Some((max - current).max(0)) }
    }

    /// Takes the minutes of a session that has ended: the included ones first. Returns how many of each kind.
    pub fn take(mut self, db: &Connection, user_id: i64, minutes: i64, ended_at: &str) -> rusqlite::Result<(i64, i64)> {
        let included = self.included(db, user_id, &time::month_of(ended_at))?;
        let from_plan = included.remaining().map_or(minutes, |remaining| minutes.min(remaining));
        let from_purchased = (minutes - from_plan).min(self.purchased_left);
        if from_purchased > 0 {
            self.purchased_left -= from_purchased;
            self.save(db, user_id)?;
        }
        Ok((from_plan, from_purchased))
    }
}

impl Store {
    pub fn usage(&self, user_id: i64) -> Result<Usage, ApiError> {
        let now = self.clock.now_text();
        self.settled(|db| {
            let account = Account::of(db, user_id, self.account_defaults)?;
            let month = time::month_of(&now);
            let included = account.included(db, user_id, &month)?;
            let active = sessions::active(db, user_id, &now)?;
            let total_remaining = account.remaining(db, user_id, &month)?;
            let avatars = account.plan.avatars();
            Ok(Usage {
                included_minutes: IncludedMinutes { total: included.total, used: included.used, remaining: included.remaining() },
                purchased_minutes: PurchasedMinutes { total: account.purchased, remaining: account.purchased_left },
                total_remaining,
                active_minutes: active.iter().map(ActiveSession::minutes).sum(),
                concurrency: account.concurrency(active.len() as i64),
                active_sessions: active,
                plan: PlanOfUsage {
                    key: account.plan.key(),
                    name: account.plan.name(),
                    max_session_duration: Some(MAX_SESSION_MINUTES),
                    will_renew: true,
                },
                avatars: AvatarsOfUsage { limit: Some(avatars), used: Some(0), remaining: Some(avatars) },
                period: Period { start: month.start, end: month.end },
            })
        })
    }

    /// Changes the plan and the minutes of an account. Setting the purchased minutes replaces those that were bought before.
    pub fn change_account(&self, user_id: i64, changes: &AccountChanges) -> Result<(), ApiError> {
        self.write(|db| {
            let mut account = Account::of(db, user_id, self.account_defaults)?;
            account.plan = changes.plan.unwrap_or(account.plan);
            account.minutes = changes.included_minutes.unwrap_or(account.minutes);
            if let Some(minutes) = changes.purchased_minutes {
                (account.purchased, account.purchased_left) = (minutes, minutes);
            }
            Ok(account.save(db, user_id)?)
        })
    }
}
