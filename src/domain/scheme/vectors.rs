//! Vectors from the providers' documentation. Where a provider gives none, the value was computed with Python's `hmac`
//! and says so.

use crate::domain::scheme::testing::Delivery;

/// https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
#[test]
fn github_signs_as_it_documents() {
    let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let delivery = Delivery::of("Hello, World!").with("X-Hub-Signature-256", signature);
    assert_eq!(delivery.verify("github", &["It's a Secret to Everybody"]), Ok(()));
}

/// https://api.slack.com/authentication/verifying-requests-from-slack
#[test]
fn slack_signs_as_it_documents() {
    let body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V\
                &channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=\
                &response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN\
                &trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    let delivery = Delivery::of(body)
        .with("X-Slack-Request-Timestamp", "1531420618")
        .with("X-Slack-Signature", "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503")
        .at(1_531_420_618);
    assert_eq!(delivery.verify("slack", &["8f742231b10e8888abcd99yyyzzz85a5"]), Ok(()));
}

/// https://developer.squareup.com/docs/webhooks/step3validate
#[test]
fn square_signs_as_it_documents() {
    let delivery = Delivery::of(r#"{"hello":"world"}"#)
        .with("x-square-hmacsha256-signature", "2kRE5qRU2tR+tBGlDwMEw2avJ7QM4ikPYD/PJ3bd9Og=")
        .to("https://example.com/webhook");
    assert_eq!(delivery.verify("square", &["asdf1234"]), Ok(()));
}

/// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
#[test]
fn standard_webhooks_are_signed_as_the_specification_says() {
    let delivery = Delivery::of(r#"{"test": 2432232314}"#)
        .with("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek")
        .with("webhook-timestamp", "1614265330")
        .with("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        .at(1_614_265_330);
    assert_eq!(delivery.verify("standard", &["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]), Ok(()));
    assert_eq!(delivery.verify("standard", &["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]), Ok(()));
}

/// The steps of https://docs.stripe.com/webhooks#verify-manually; computed, for there is no example with its secret.
#[test]
fn stripe_signs_as_it_documents() {
    let v1 = "fc0fb66e96716e2f5cc0be8e112ba0e1f820e91a6f14eda63b7193d277ebfd0b";
    let old = "6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39";
    let delivery =
        Delivery::of(r#"{"id":"evt_1Pgafj2eZvKYlo2C","object":"event","type":"charge.succeeded"}"#);
    for header in [
        format!("t=1492774577,v1={v1}"),
        format!("t=1492774577,v1={v1},v0={old}"),
        format!("t=1492774577,v1={old},v1={v1}"),
        format!("v1={v1}, t=1492774577"),
    ] {
        let delivery = delivery.clone().with("Stripe-Signature", &header).at(1_492_774_577);
        assert_eq!(delivery.verify("stripe", &["whsec_test_secret"]), Ok(()), "{header}");
    }
}

/// The steps of https://shopify.dev/docs/apps/build/webhooks/subscribe/https; computed, for there is no example.
#[test]
fn shopify_signs_as_it_documents() {
    let delivery = Delivery::of(r#"{"id":1234567890,"email":"customer@example.com","total_price":"123.45"}"#)
        .with("X-Shopify-Hmac-Sha256", "QNyObTlKbMx2qDlPF/ZOZcBqg5OgPg+2oky3zldc0Gw=");
    assert_eq!(delivery.verify("shopify", &["test-webhook-secret"]), Ok(()));
}

/// Computed.
#[test]
fn the_generic_signature_is_taken_from_either_header_with_or_without_prefix() {
    let code = "ea4995a48374888e94d9897fd9f50299759dec3d1142b09c2d32cdd05ad4e102";
    let delivery = Delivery::of(r#"{"café":"☕"}"#);
    for name in ["X-Signature", "X-Webhook-Signature"] {
        for value in [code.to_owned(), format!("sha256={code}"), code.to_uppercase()] {
            let signed = delivery.clone().with(name, &value);
            assert_eq!(signed.verify("hmac-sha256", &["pos-secret"]), Ok(()), "{name}: {value}");
        }
    }
    let empty = Delivery::of("")
        .with("x-signature", "84a51369be41ef887d98cbf8157af6c7545dd033d0ed21b8f857faaa5e5da2da");
    assert_eq!(empty.verify("hmac-sha256", &["pos-secret"]), Ok(()));
}
