// The declarations of SwiftUI that the views of this app use, without what they do. Where there is no SwiftUI, `cargo xtask test swift`
// checks the types of the views against them. They were written by hand from SwiftUI's documentation, so they find a wrong name of this
// app, and not a wrong use of SwiftUI.

@_exported import Foundation
import Observation

@MainActor public protocol View {
    associatedtype Body: View
    @ViewBuilder var body: Body { get }
}
extension Never: View { public var body: Never { fatalError() } }
@MainActor public protocol Leaf: View where Body == Never {}
extension Leaf { public var body: Never { fatalError() } }
extension Optional: View where Wrapped: View { public var body: Never { fatalError() } }
public struct Anything: Leaf { public init() {} }

@resultBuilder public enum ViewBuilder {
    public static func buildExpression<V: View>(_ view: V) -> V { view }
    public static func buildBlock() -> EmptyView { fatalError() }
    public static func buildBlock<V: View>(_ view: V) -> V { view }
    public static func buildBlock<each V: View>(_ views: repeat each V) -> Anything { fatalError() }
    public static func buildIf<V: View>(_ view: V?) -> V? { view }
    public static func buildEither<V: View>(first: V) -> Anything { fatalError() }
    public static func buildEither<V: View>(second: V) -> Anything { fatalError() }
}

@MainActor public protocol Scene {}
public struct WindowGroup: Scene { public init(@ViewBuilder content: () -> some View) {} }
@MainActor public protocol App {
    associatedtype Body: Scene
    init()
    var body: Body { get }
}
extension App { public static func main() {} }
public enum ScenePhase: Sendable { case background, inactive, active }

// State
@propertyWrapper public struct Binding<Value> {
    public init() {}
    public var wrappedValue: Value {
        get { fatalError() }
        nonmutating set {}
    }
}
@MainActor @propertyWrapper public struct State<Value> {
    public init(wrappedValue: Value) {}
    public init(initialValue: Value) { self.init(wrappedValue: initialValue) }
    public var wrappedValue: Value {
        get { fatalError() }
        nonmutating set {}
    }
}
@MainActor @dynamicMemberLookup @propertyWrapper public struct Bindable<Value: AnyObject & Observable> {
    public var wrappedValue: Value
    public init(wrappedValue: Value) { self.wrappedValue = wrappedValue }
    public var projectedValue: Bindable<Value> { self }
    public subscript<T>(dynamicMember path: ReferenceWritableKeyPath<Value, T>) -> Binding<T> { fatalError() }
}
public protocol ObservableObject: AnyObject {}
@MainActor @propertyWrapper public struct ObservedObject<Value: ObservableObject> {
    public var wrappedValue: Value
    public init(wrappedValue: Value) { self.wrappedValue = wrappedValue }
}
public struct EnvironmentValues {
    public var scenePhase: ScenePhase { .active }
    public enum LayoutDirection { case leftToRight, rightToLeft }
    public var layoutDirection: LayoutDirection {
        get { fatalError() }
        set {}
    }
}
@MainActor @propertyWrapper public struct Environment<Value> {
    public init(_ path: KeyPath<EnvironmentValues, Value>) {}
    public init<T: AnyObject & Observable>(_ type: T.Type) where Value == T? {}
    public var wrappedValue: Value { fatalError() }
}

// Values
public struct LocalizedStringKey: ExpressibleByStringInterpolation { public init(stringLiteral value: String) {} }
public enum Edge { case top, bottom }
public enum HorizontalAlignment { case leading, center, trailing }
public enum VerticalAlignment { case top, center, bottom }
public enum Alignment { case leading, center, trailing }
public enum Axis { case horizontal, vertical }
public enum UnitPoint { case top, bottom }
public enum Font { case title, headline, footnote, caption }
public enum DynamicTypeSize { case accessibility3 }
public enum ButtonRole { case destructive, cancel }
public enum ToolbarItemPlacement { case primaryAction, cancellationAction }
public enum UITextContentType { case username, password }
public enum LabelStyle { case iconOnly }
public enum ButtonStyle { case bordered }
public enum TextFieldStyle { case roundedBorder }
public enum AccessibilityChildBehavior { case combine }
public struct Shape { public static func rect(cornerRadius: Double) -> Shape { fatalError() } }
public protocol ShapeStyle {}
// swift-format-ignore: DontRepeatTypeInStaticProperties
public struct Color: ShapeStyle {
    public static var accentColor: Color { fatalError() }
    public func opacity(_ opacity: Double) -> Color { self }
}
public struct AnyShapeStyle: ShapeStyle { public init(_ style: some ShapeStyle) {} }
extension ShapeStyle where Self == Color {
    public static var red: Color { fatalError() }
    public static var secondary: Color { fatalError() }
    public static var quaternary: Color { fatalError() }
    public static var bar: Color { fatalError() }
}

// Views
public struct EmptyView: Leaf { public init() {} }
public struct ProgressView: Leaf { public init() {} }
public struct Image: Leaf { public init(systemName: String) {} }
public struct Text: Leaf {
    public enum DateStyle { case date }
    @_disfavoredOverload public init(_ text: some StringProtocol) {}
    public init(_ key: LocalizedStringKey) {}
    public init(_ date: Date, style: DateStyle) {}
}
public struct Label: Leaf {
    public init(_ title: LocalizedStringKey, systemImage: String) {}
    public init(@ViewBuilder title: () -> some View, @ViewBuilder icon: () -> some View) {}
}
public struct Button: Leaf {
    public init(_ title: LocalizedStringKey, role: ButtonRole? = nil, action: @escaping @MainActor () -> Void) {}
    public init(_ title: LocalizedStringKey, systemImage: String, action: @escaping @MainActor () -> Void) {}
    public init(action: @escaping @MainActor () -> Void, @ViewBuilder label: () -> some View) {}
}
public struct TextField: Leaf {
    public init(_ title: LocalizedStringKey, text: Binding<String>, axis: Axis = .horizontal) {}
}
public struct SecureField: Leaf { public init(_ title: LocalizedStringKey, text: Binding<String>) {} }
public struct ContentUnavailableView: Leaf { public init(_ title: LocalizedStringKey, systemImage: String) {} }
public struct Form: Leaf { public init(@ViewBuilder content: () -> some View) {} }
public struct Section: Leaf {
    public init(@ViewBuilder content: () -> some View, @ViewBuilder footer: () -> some View) {}
}
public struct NavigationStack: Leaf { public init(@ViewBuilder root: () -> some View) {} }
public struct ScrollView: Leaf { public init(@ViewBuilder content: () -> some View) {} }
public struct LazyVStack: Leaf { public init(spacing: Double? = nil, @ViewBuilder content: () -> some View) {} }
public struct VStack: Leaf {
    public init(alignment: HorizontalAlignment = .center, spacing: Double? = nil, @ViewBuilder content: () -> some View)
    {}
}
public struct HStack: Leaf {
    public init(alignment: VerticalAlignment = .center, spacing: Double? = nil, @ViewBuilder content: () -> some View) {
    }
}
public struct List: Leaf {
    public init<D: RandomAccessCollection>(_ data: D, @ViewBuilder row: @escaping (D.Element) -> some View)
    where D.Element: Identifiable {}
}
public struct ForEach: Leaf {
    public init<D: RandomAccessCollection>(_ data: D, @ViewBuilder row: @escaping (D.Element) -> some View)
    where D.Element: Identifiable {}
    public init<D: RandomAccessCollection>(
        _ data: D, id: KeyPath<D.Element, some Hashable>, @ViewBuilder row: @escaping (D.Element) -> some View
    ) {}
}
public struct ToolbarItem: Leaf {
    public init(placement: ToolbarItemPlacement, @ViewBuilder content: () -> some View) {}
}

// Modifiers
extension View {
    public func accessibilityElement(children: AccessibilityChildBehavior) -> some View { self }
    public func accessibilityLabel(_ label: LocalizedStringKey) -> some View { self }
    public func accessibilityLabel(_ label: Text) -> some View { self }
    public func autocorrectionDisabled() -> some View { self }
    public func background(_ style: some ShapeStyle) -> some View { self }
    public func background(_ style: some ShapeStyle, in shape: Shape) -> some View { self }
    public func buttonStyle(_ style: ButtonStyle) -> some View { self }
    public func defaultScrollAnchor(_ anchor: UnitPoint) -> some View { self }
    public func disabled(_ isDisabled: Bool) -> some View { self }
    public func dynamicTypeSize(_ size: DynamicTypeSize) -> some View { self }
    public func environment<T: AnyObject & Observable>(_ object: T?) -> some View { self }
    public func environment<T>(_ path: WritableKeyPath<EnvironmentValues, T>, _ value: T) -> some View { self }
    public func font(_ font: Font) -> some View { self }
    public func foregroundStyle(_ style: some ShapeStyle) -> some View { self }
    public func frame(maxWidth: Double, alignment: Alignment = .center) -> some View { self }
    public func labelStyle(_ style: LabelStyle) -> some View { self }
    public func lineLimit(_ limit: ClosedRange<Int>) -> some View { self }
    public func navigationDestination<D: Hashable>(
        item: Binding<D?>, @ViewBuilder destination: @escaping (D) -> some View
    ) -> some View { self }
    public func navigationTitle(_ title: LocalizedStringKey) -> some View { self }
    @_disfavoredOverload public func navigationTitle(_ title: some StringProtocol) -> some View { self }
    public func onChange<V: Equatable>(of value: V, _ action: @escaping (V, V) -> Void) -> some View { self }
    public func onSubmit(_ action: @escaping () -> Void) -> some View { self }
    public func opacity(_ opacity: Double) -> some View { self }
    public func overlay(@ViewBuilder content: () -> some View) -> some View { self }
    public func padding(_ length: Double? = nil) -> some View { self }
    public func refreshable(action: @escaping @Sendable () async -> Void) -> some View { self }
    public func safeAreaInset(edge: Edge, @ViewBuilder content: () -> some View) -> some View { self }
    public func swipeActions(@ViewBuilder content: () -> some View) -> some View { self }
    public func task(_ action: @escaping @MainActor @Sendable () async -> Void) -> some View { self }
    public func textContentType(_ type: UITextContentType) -> some View { self }
    public func textFieldStyle(_ style: TextFieldStyle) -> some View { self }
    public func textSelection(_ selection: Selection) -> some View { self }
    public func toolbar(@ViewBuilder content: () -> some View) -> some View { self }
}
public enum Selection { case enabled }
