internal import CIdn2
internal import Campaigns

/// Internationalised domain names by libidn2: IDNA2008 with the mapping of UTS #46, non-transitional.
package struct IDNAEncoder: DomainEncoder {
    package init() {}

    /// The corresponding C function is `idn2_to_ascii_8z`.
    package func ascii(_ domain: String) -> String? {
        // C would take a NUL for the end.
        guard !domain.utf8.contains(0) else { return nil }
        var output: UnsafeMutablePointer<CChar>?
        // Not IDN2_USE_STD3_ASCII_RULES: it drops what it does not allow instead of refusing it.
        let status = idn2_to_ascii_8z(domain, &output, CInt(IDN2_NONTRANSITIONAL.rawValue))
        defer { idn2_free(output) }
        guard status == IDN2_OK.rawValue, let output else { return nil }
        return String(cString: output)
    }
}
