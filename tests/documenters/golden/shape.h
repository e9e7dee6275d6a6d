// Shapes, in a header that is C++ by what it holds.
#ifndef SHAPE_H
#define SHAPE_H

#include <string>

namespace geometry {

/// Anything with an area.
class Shape {
 public:
  explicit Shape(std::string name);
  virtual ~Shape() = default;

  /// In square metres.
  virtual double area() const = 0;

  friend bool operator<(const Shape& a, const Shape& b) { return a.area() < b.area(); }

 private:
  std::string name_;
};

template <typename T>
T largest(const T* begin, const T* end);

}  // namespace geometry

#endif
