import EngineAPI
import Logging

/// What every connection of a server shares.
final class ServerContext: Sendable {
    let service: any EngineService
    let routes: RouteTable
    let heads: ResponseHeadWriter
    let limits: ConnectionLimits
    let logger: Logger

    init(service: any EngineService, routes: RouteTable, product: String, limits: ConnectionLimits, logger: Logger) {
        self.service = service
        self.routes = routes
        heads = ResponseHeadWriter(product: product)
        self.limits = limits
        self.logger = logger
    }
}
