use rcgen::{CertifiedKey, generate_simple_self_signed};

use super::*;

/// Writes a new pair, whose file sizes depend on the length of its name.
fn write_pair(folder: &Path, letters: usize) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["a".repeat(letters)]).unwrap();
    std::fs::write(folder.join("cert.pem"), cert.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), signing_key.serialize_pem()).unwrap();
}

#[test]
fn a_new_pair_is_taken_and_a_broken_one_leaves_the_old() {
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    write_pair(folder.path(), 1);
    let mut certificate = TlsCertificate::load(&cert, &key).unwrap();
    let served = certificate.clone();
    let first = served.current();
    certificate.reload_if_changed();
    assert!(Arc::ptr_eq(&first, &served.current()), "nothing changed");

    std::fs::write(&cert, "-----BEGIN CERTIFICATE-----\nhalf").unwrap();
    certificate.reload_if_changed();
    assert!(Arc::ptr_eq(&first, &served.current()), "half a file is no certificate");
    std::fs::remove_file(&key).unwrap();
    certificate.reload_if_changed();
    assert!(Arc::ptr_eq(&first, &served.current()), "without a key there is none");

    write_pair(folder.path(), 40);
    certificate.reload_if_changed();
    assert!(!Arc::ptr_eq(&first, &served.current()));
}
