/*
 * Licensed under the Apache License, Version 2.0.
 * You may obtain a copy of the License at example.org.
 */
package org.example.store;

import java.util.List;
import javax.annotation.Nullable;
import org.example.util.Strings;
import static org.junit.jupiter.api.Assertions.assertEquals;
import com.google.common.collect.*;

/**
 * Keeps <b>things</b>.
 *
 * @since 1.0
 */
@Deprecated
@SuppressWarnings({"unchecked", "rawtypes"})
public final class Store<T extends Comparable<T>> extends Base<T>
    implements Closeable, Iterable<T> {

  /** The most. */
  public static final int MAX = 10, MIN = 1;
  private final List<T> items; // all
  @Nullable protected String name;

  static {
    System.loadLibrary("store");
  }

  /** Makes one. */
  public Store(List<T> items) {
    this.items = items;
  }

  /**
   * Finds it.
   *
   * @param key what to look for
   * @return the thing
   */
  @Override
  @Nullable
  public <K> T find(
      K key, /* never null */
      int... limits) throws IOException {
    class Local {}
    return null;
  }

  abstract void nothing();

  public interface Visitor<T> {
    int LIMIT = 3;
    void visit(T item);
    default void done() {}
  }

  enum Mode implements Visitor {
    /** Reads. */
    READ("r"),
    WRITE("w") {
      @Override void check() {}
    };

    private final String flag;

    Mode(String flag) { this.flag = flag; }

    void check() {}
  }

  public record Point(int x, int y) {
    public Point {
      assert x > 0;
    }

    static Point origin() { return null; }
  }

  @interface Marker {
    int value() default 1;
  }
}

class Other {}
