//! A small shop, as data for a double.

use bson::oid::ObjectId;
use bson::{DateTime, doc};
use jiff::{SignedDuration, Timestamp};

use super::{Collection, Data};

/// A time as documents hold it
pub fn date(at: Timestamp) -> DateTime {
    DateTime::from_millis(at.as_millisecond())
}

/// The identity of something made at a time
pub fn id(at: Timestamp, number: u8) -> ObjectId {
    ObjectId::from_parts(u32::try_from(at.as_second()).unwrap(), [0; 5], [0, 0, number])
}

/// Ten orders of five users, one each hour up to a time, with an index on the user; and a second database
pub fn shop(until: Timestamp) -> Data {
    let mut data = Data::default();
    let users = (0..5).map(|number| doc! { "_id": number, "name": format!("user {number}") });
    data.put("app", "users", Collection::of(users));
    let orders = (0..10_u8).map(|number| {
        let at = until - SignedDuration::from_hours(number.into());
        doc! { "_id": id(at, number), "user_id": i32::from(number % 5), "meta": { "at": date(at) } }
    });
    let orders = Collection::of(orders)
        .index("by_user", doc! { "user_id": 1, "meta.at": -1 })
        .index("by_at", doc! { "meta.at": 1 });
    data.put("app", "orders", orders);
    data.put("sales", "archive", Collection::of([doc! { "_id": 1 }]));
    data.user("app", "App-Password-1", &[("readWrite", "app"), ("read", "sales")]);
    data
}
