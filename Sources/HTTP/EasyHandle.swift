import CCurl

/// Owns one libcurl easy handle, with the buffers that libcurl writes to and reads from while a transfer lasts.
///
/// Used by one thread at a time; reset before each request, so that nothing of the last one is left.
final class EasyHandle {
    let pointer: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>
    private var headers: UnsafeMutablePointer<curl_slist>?
    /// The URL in its parts, where it was given as such; made when first needed.
    private var parsedURL: OpaquePointer?
    private var failure = CURLE_OK

    /// The corresponding C function is `curl_easy_init`; `nil` when memory has run out.
    init?() {
        guard let pointer = curl_easy_init() else { return nil }
        self.pointer = pointer
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_easy_cleanup(pointer)
        curl_slist_free_all(headers)
        curl_url_cleanup(parsedURL)
        errorText.deallocate()
    }

    /// Forgets the last request: options, headers, error text.
    func reset() {
        curl_easy_reset(pointer)
        curl_slist_free_all(headers)
        headers = nil
        errorText[0] = 0
        failure = CURLE_OK
        ccurl_set_pointer(pointer, CURLOPT_ERRORBUFFER, errorText).record(in: &failure)
    }

    /// The first error that setting options met since ``reset()``.
    var setupFailure: CURLcode { failure }

    /// What libcurl says about the failure, in its own words.
    func explanation(of code: CURLcode) -> String {
        errorText[0] != 0 ? String(cString: errorText) : String(cString: curl_easy_strerror(code))
    }

    // MARK: Options

    func set(_ option: CURLoption, _ value: Int) {
        ccurl_set_long(pointer, option, value).record(in: &failure)
    }

    func set(_ option: CURLoption, _ value: Bool) { set(option, value ? 1 : 0) }

    func set(_ option: CURLoption, offset value: Int64) {
        ccurl_set_offset(pointer, option, curl_off_t(value)).record(in: &failure)
    }

    func set(_ option: CURLoption, _ value: String) {
        // A String given as a pointer argument would be copied first.
        value.withCString { ccurl_set_text(pointer, option, $0) }.record(in: &failure)
    }

    func set(_ option: CURLoption, pointer value: UnsafeMutableRawPointer) {
        ccurl_set_pointer(pointer, option, value).record(in: &failure)
    }

    /// Sets the URL, its path as written, in text and in parts.
    ///
    /// Given the text alone, libcurl takes it apart and puts it together again before each request; given the parts
    /// alone, it does the latter.
    func set(parsedURL text: String) {
        set(CURLOPT_URL, text)
        parsedURL = parsedURL ?? curl_url()
        guard let parsedURL else {
            failure = CURLE_OUT_OF_MEMORY
            return
        }
        let result = text.withCString {
            curl_url_set(parsedURL, CURLUPART_URL, $0, CUnsignedInt(CURLU_PATH_AS_IS))
        }
        (result == CURLUE_OK ? CURLE_OK : CURLE_URL_MALFORMAT).record(in: &failure)
        ccurl_set_parsed_url(pointer, parsedURL).record(in: &failure)
    }

    /// Sets another path in the URL given as ``set(parsedURL:)``, which takes apart a whole URL.
    ///
    /// - Parameter text: the whole URL, with that path.
    func set(path: String, ofURL text: String) {
        set(CURLOPT_URL, text)
        let result = path.withCString { curl_url_set(parsedURL, CURLUPART_PATH, $0, 0) }
        (result == CURLUE_OK ? CURLE_OK : CURLE_URL_MALFORMAT).record(in: &failure)
    }

    /// Sets the header lines, in place of those set before.
    func set(headers lines: [String]) {
        curl_slist_free_all(headers)
        headers = nil
        for line in lines {
            guard let longer = line.withCString({ curl_slist_append(headers, $0) }) else {
                failure = CURLE_OUT_OF_MEMORY
                return
            }
            headers = longer
        }
        ccurl_set_headers(pointer, headers).record(in: &failure)
    }

    func set(
        onHeader: @escaping curl_write_callback, onBody: @escaping curl_write_callback,
        beforeRequest: @escaping curl_prereq_callback, openSocket: @escaping curl_opensocket_callback
    ) {
        ccurl_set_header_function(pointer, onHeader).record(in: &failure)
        ccurl_set_write_function(pointer, onBody).record(in: &failure)
        ccurl_set_prereq_function(pointer, beforeRequest).record(in: &failure)
        ccurl_set_open_socket_function(pointer, openSocket).record(in: &failure)
    }

    /// A body that libcurl copies, sends with the head, and can send again.
    func set(body: [UInt8]) {
        set(CURLOPT_POST, true)
        set(CURLOPT_POSTFIELDSIZE_LARGE, offset: Int64(body.count))
        body.withUnsafeBytes { bytes in
            ccurl_set_copied_body(pointer, bytes.baseAddress).record(in: &failure)
        }
    }

    /// - Parameter rewind: without it libcurl cannot send a body a second time.
    func set(readBody: @escaping curl_read_callback, rewind: curl_seek_callback?) {
        ccurl_set_read_function(pointer, readBody).record(in: &failure)
        if let rewind { ccurl_set_seek_function(pointer, rewind).record(in: &failure) }
    }

    // MARK: Information

    /// Bytes of the request's head that libcurl has given to a socket, over all attempts (CURLINFO_REQUEST_SIZE).
    var requestBytesWritten: Int {
        var value = 0
        return ccurl_get_long(pointer, CURLINFO_REQUEST_SIZE, &value) == CURLE_OK ? value : .max
    }
}

extension CURLcode {
    fileprivate func record(in failure: inout CURLcode) {
        if self != CURLE_OK, failure == CURLE_OK { failure = self }
    }
}
