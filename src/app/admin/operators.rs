//! Carrying out requests about operators.

use crate::api::operators::OperatorJson;
use crate::app::admin::protocol::OperatorRequest;
use crate::domain::operator::Operator;
use crate::services::all::Services;
use crate::services::audit::Actor;
use crate::services::operators::{NewOperator, NewPassword};
use crate::services::refusal::Refusal;
use serde_json::{Value, json};

/// Carries a request out.
pub(super) async fn carry_out(parts: &Services, request: OperatorRequest) -> Result<Value, Refusal> {
    let (operators, actor) = (&parts.operators, Actor::CommandLine);
    let show = |operator: &Operator| json!(OperatorJson::new(operator, &parts.sessions.list(&operator.name)));
    match request {
        OperatorRequest::CreateFirst { name, password } => {
            operators.create_first(actor, &name, &password).await?;
            Ok(show(&*operators.find(&name)?))
        }
        OperatorRequest::Create { name, role, password } => {
            let new = NewOperator { name, role, password: Some(password) };
            Ok(show(&*operators.create(actor, new).await?.0))
        }
        OperatorRequest::List => Ok(operators.list().iter().map(|one| show(one)).collect()),
        OperatorRequest::Show { name } => {
            let (operator, sessions) = (operators.find(&name)?, parts.sessions.list(&name));
            Ok(json!(OperatorJson::new(&operator, &sessions).with_sessions(&sessions)))
        }
        OperatorRequest::Set { name, role } => Ok(show(&*operators.set_role(actor, &name, role).await?)),
        OperatorRequest::Reset { name, password } => {
            let made = operators.reset(actor, &name, NewPassword { password }).await?;
            // A password that was made just now is shown once.
            Ok(json!({ "name": name, "password": made.as_ref().map(|made| made.expose().to_owned()) }))
        }
        OperatorRequest::Delete { name } => {
            operators.delete(actor, &name).await?;
            Ok(json!({ "name": name, "status": "deleted" }))
        }
        OperatorRequest::SetupLink => Ok(json!({ "link": parts.first_run.give_link()? })),
    }
}
