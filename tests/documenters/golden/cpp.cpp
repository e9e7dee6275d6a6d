// SPDX-License-Identifier: MIT
// Widgets for everyone.

#include "widget.hpp"
#include <vector>

using namespace std;
namespace fs = std::filesystem;

namespace ui::core {

/// A widget
/// on the screen.
template <typename T, int N = 4>
class Widget final : public Base, private Mixin<T> {
public:
  using Items = std::vector<T>;
  enum class State : char { On, Off };

  explicit Widget(int id) : Base(id), items_{} {}
  Widget(const Widget&) = delete;
  virtual ~Widget();

  //! Draws it.
  virtual void draw(Canvas& canvas) const = 0;
  [[nodiscard]] int size() const noexcept { return 0; }
  Widget& operator=(const Widget& other) = default;
  bool operator()(int a) const;
  explicit operator bool() const;
  template <class U> void add(U&& item) { }
  static int count;
  friend void inspect(Widget& w);

private:
  struct Node {
    Node* next = nullptr;
  };
  Items items_; // all of them
  int bits : 3;
};

template <typename T>
T max(T a, T b) {
  return a > b ? a : b;
}

inline namespace v1 {
constexpr int kLimit = 10;
}

namespace {
int hidden = 0;
}

}  // namespace ui::core

template <>
class Widget<int, 2> {};

template <class T, int N>
void ui::core::Widget<T, N>::draw(Canvas& canvas) const {
  auto local = [] {};
}

Widget::Widget(int id)
    : Base(id) {}
Widget::~Widget() = default;
Widget::operator bool() const { return true; }
std::ostream& operator<<(std::ostream& out, const Widget& w) { return out; }
int& ref() { static int x; return x; }
auto trailing(int a) -> decltype(a) { return a; }
static void internal() {}

extern "C" {
void c_api(void);
}
extern "C" int c_one();

template <typename T>
concept Drawable = requires(T t) { t.draw(); };

struct Plain { int a; } plain, *pointer;
enum Old { A, B };
typedef std::map<int, std::string> Names;
#define WIDGET(x) Widget x

class DEMO_EXPORT Guarded {
 public:
  int count() const DEMO_EXCLUDES(lock_) { return count_; }

 private:
  static int count_;
};

int Guarded::count_ = 0;
DEMO_EXPORT std::string after_the_macro(int depth) { return {}; }
