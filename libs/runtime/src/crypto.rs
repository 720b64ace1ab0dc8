//! The one choice of TLS arithmetic of the whole tree.

/// Makes *ring* the process-wide TLS provider: the first line of every `main` and of every test that opens a TLS
/// connection. Calling it again changes nothing.
pub fn install_crypto() {
    // An error means that a provider is installed already: another test of the same process came first.
    drop(rustls::crypto::ring::default_provider().install_default());
}

#[cfg(test)]
mod tests {
    use super::install_crypto;

    #[test]
    fn may_be_called_twice() {
        install_crypto();
        install_crypto();
        assert!(rustls::crypto::CryptoProvider::get_default().is_some());
    }
}
