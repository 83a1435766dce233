use parquet_variant::VariantBuilder;
use proptest::prelude::*;

use super::*;

fn build_variant(build: impl FnOnce(&mut VariantBuilder)) -> (Vec<u8>, Vec<u8>) {
    let mut builder = VariantBuilder::new();
    build(&mut builder);
    builder.finish()
}

fn keys(value: &AnyValue) -> Vec<&str> {
    match &value.value {
        Some(Any::KvlistValue(object)) => object.values.iter().map(|it| it.key.as_str()).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn fields_are_in_the_order_in_which_they_were_written() {
    let (metadata, value) = build_variant(|builder| {
        let mut object = builder.new_object();
        for key in ["b", "c", "a"] {
            object.insert(key, 1i8);
        }
        object.finish();
    });
    assert_eq!(keys(&decode(&metadata, &value).unwrap()), ["b", "c", "a"]);
}

#[test]
fn an_object_of_more_than_255_fields_is_read() {
    let (metadata, value) = build_variant(|builder| {
        let mut object = builder.new_object();
        for number in 0..300i64 {
            object.insert(&format!("key {number}"), number);
        }
        object.finish();
    });
    let decoded = decode(&metadata, &value).unwrap();
    assert_eq!((keys(&decoded).len(), keys(&decoded)[299]), (300, "key 299"));
}

/// A list of lists, with a number in the innermost.
fn nest_lists(levels: usize) -> (Vec<u8>, Vec<u8>) {
    let one: &[u8] = &[0x0c, 1];
    let mut value = one.to_vec();
    for _ in 0..levels {
        let length = (value.len() as u32).to_le_bytes();
        let header = [LIST | 3 << 2, 1, 0, 0, 0, 0];
        value = [&header[..], &length, &value].concat();
    }
    (vec![1, 0, 0], value)
}

#[test]
fn nesting_has_a_maximum() {
    let (metadata, value) = nest_lists(DEPTH_MAX);
    assert!(decode(&metadata, &value).is_ok());
    let (metadata, value) = nest_lists(DEPTH_MAX + 1);
    assert_eq!(decode(&metadata, &value).unwrap_err(), "it is nested too deeply");
}

/// Every level has two items that begin at the same byte. Read twice, it would be read 2^60 times.
#[test]
fn items_that_share_their_bytes_are_not_read_twice() {
    let mut value = vec![0x0c, 1];
    for _ in 0..60 {
        let length = (value.len() as u32).to_le_bytes();
        let header = [LIST | 3 << 2, 2, 0, 0, 0, 0, 0, 0, 0, 0];
        value = [&header[..], &length, &value].concat();
    }
    assert!(decode(&[1, 0, 0], &value).is_err());
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(
        metadata in proptest::collection::vec(any::<u8>(), 0..24),
        value in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        let _ = decode(&metadata, &value);
        let _ = decode(&[1, 2, 0, 1, 2, b'a', b'b'], &value);
    }

    #[test]
    fn no_damage_makes_it_panic(at in 0..200usize, byte in any::<u8>(), end in 0..200usize) {
        let (metadata, mut value) = build_variant(|builder| {
            let mut object = builder.new_object();
            object.insert("text", "x".repeat(80).as_str());
            let mut list = object.new_list("list");
            list.append_value(1i64 << 40);
            list.append_value(1.5f64);
            list.finish();
            object.finish();
        });
        let at = at % value.len();
        value[at] = byte;
        let _ = decode(&metadata, &value);
        let _ = decode(&metadata, &value[..end.min(value.len())]);
    }
}
