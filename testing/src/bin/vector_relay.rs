//! A relay whose API plays the vectors. Prints one line of JSON with its `url`, and the `control` URL that chooses the vector.

use agenthuman_testing::relay::Player;
use serde_json::json;

#[tokio::main]
async fn main() {
    let player = Player::start().await;
    println!("{}", json!({ "url": player.url, "control": player.control }));
    std::future::pending::<()>().await;
}
