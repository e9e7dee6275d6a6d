//
//  Orders.swift
//  Shop
//
//  Created by Somebody on 1.1.24.
//

import Foundation
import class UIKit.UIView
@testable import Shop
@_exported import NIOCore

/// What everybody uses.
public let version = "1.0"
var counter: Int = 0

public typealias Handler<T> = (T) -> Void

/// What costs something.
public protocol Priced: AnyObject {
    associatedtype Currency
    var price: Int { get }
    static var zero: Self { get }
    init(price: Int)
    func convert(to currency: Currency) throws -> Int
}

/**
 One order of one customer.
 */
@available(iOS 13, *)
open class Order<Item: Hashable>: Base, Priced where Item: Codable {
    public static let maxItems = 100
    private(set) var items: [Item] = []
    lazy var total: Int = { items.count }()
    weak var delegate: OrderDelegate?
    let a = 1, b = 2

    /// The number that the customer sees.
    public var number: Int {
        get { 1 }
        set { }
    }

    @Published var note = ""

    public required init?(coder: NSCoder) {
        nil
    }

    convenience init(_ number: Int) {
        self.init()
    }

    deinit {
        print("gone")
    }

    subscript(index: Int) -> Item {
        items[index]
    }

    // Adds them up.
    @discardableResult
    public func load<T>(
        _ name: String, // of the file
        depth: Int = 1
    ) async throws -> T where T: Decodable {
        func inner() {}
        fatalError()
    }

    override class func make() -> Self { fatalError() }

    enum State: String, CaseIterable {
        case open, paid = "p"
        /// Sent away.
        indirect case sent(to: String, at: Date)

        var label: String { rawValue }
    }
}

public struct Point: Equatable {
    public var x, y: Double

    public static func + (left: Point, right: Point) -> Point {
        left
    }

    mutating func move() {}
}

extension Order: CustomStringConvertible {
    public var description: String { "order" }

    func refund() {}
}

extension Array where Element == Int {
    var sum: Int { reduce(0, +) }
}

public actor Registry {
    func add(_ order: Order<Int>) {}
}

#if DEBUG
func debugOnly() {}
#endif

infix operator <+>: AdditionPrecedence

public func <+> (left: Int, right: Int) -> Int { left + right }

fileprivate func hidden() {}

let (left, right) = (1, 2)
