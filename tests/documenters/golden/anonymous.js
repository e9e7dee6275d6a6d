define(['jquery', './view'], function ($, view) {
  function start() {}
});

(function (root, factory) {
  root.app = factory();
})(this, function () {
  /** Inside the factory. */
  function App() {}
  App.prototype.run = function () {};
  return App;
});

!function () { function bang() {} }();
(() => { const arrow = () => 1; })();
(function () { function called() {} }).call(this);

module.exports = class Named extends Base {
  m() {}
};

export default class {
  method() {}
}

module.exports = function (app) {
  return app;
};

exports.options = {
  strict() {},
};
