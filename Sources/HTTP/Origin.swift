/// Connections in use to one scheme, host and port, and who waits for one; confined to the loop thread.
final class Origin {
    var active = 0
    var queue = FIFO<ExchangeToken>()

    var isInUse: Bool { active > 0 || !queue.isEmpty }
}
