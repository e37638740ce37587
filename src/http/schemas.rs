//! Schemas of the wire types, each named once and referred to from everywhere.

use schemars::generate::{Contract, SchemaSettings};
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

/// Where named schemas stand in the document.
const COMPONENTS: &str = "/components/schemas";

/// Makes a schema, or a reference to one.
pub(crate) type MakeSchema = fn(&mut Schemas) -> Value;

/// The schemas that a document refers to.
pub(crate) struct Schemas {
    written: SchemaGenerator,
    read: SchemaGenerator,
}

impl Schemas {
    pub(crate) fn new() -> Self {
        let of = |contract: Contract| {
            SchemaSettings::draft2020_12()
                .with(|settings| {
                    settings.definitions_path = COMPONENTS.into();
                    settings.meta_schema = None;
                    settings.contract = contract;
                })
                .into_generator()
        };
        Self { written: of(Contract::Serialize), read: of(Contract::Deserialize) }
    }

    /// Returns all that were referred to, by name. Types that are read and types that are written have different names.
    pub(crate) fn named(mut self) -> Map<String, Value> {
        let mut named = self.written.take_definitions(true);
        named.append(&mut self.read.take_definitions(true));
        named
    }
}

/// Refers to a type that the appliance writes.
pub(crate) fn written<T: JsonSchema>(schemas: &mut Schemas) -> Value {
    schemas.written.subschema_for::<T>().to_value()
}

/// Refers to a type that the appliance reads.
pub(crate) fn read<T: JsonSchema>(schemas: &mut Schemas) -> Value {
    schemas.read.subschema_for::<T>().to_value()
}

/// Any text.
pub(crate) fn text(_schemas: &mut Schemas) -> Value {
    json!({ "type": "string" })
}

/// Any value at all.
pub(crate) fn anything(_schemas: &mut Schemas) -> Value {
    json!({})
}
