#!/usr/bin/env node
'use strict';
/* eslint-disable no-console */
/*!
 * Copyright (c) 2024 Somebody
 * Released under the MIT license
 */

/**
 * @fileoverview Draws charts
 * on a canvas.
 * @author Somebody
 */

const fs = require('fs');
const { join } = require('node:path');
const debug = require('debug')('charts');
const lodashGet = require('lodash/get').default;
require('./polyfill');

/** How wide, in pixels. */
const WIDTH = 640, HEIGHT = 480;
let current;
var legacy = function (a, b) { return a + b; };

/**
 * Draw a chart.
 *
 * @param {object} data  what to draw
 * @returns {void}
 */
function draw(data, { color = '#fff', /* lines */ width = 1 } = {}) {
  function local() {}
  return local;
}

// istanbul ignore next
async function* stream() {}

// Adds.
const add = (a, b) => a + b;
const later = async () => {
  await 1;
};

class Chart extends Base {
  static count = 0;
  #secret = 1;
  handler = (event) => {
    this.x = event;
  };

  /** Makes one. */
  constructor(el) {
    super(el);
  }

  get title() { return ''; }
  set title(value) {}
  static async load() {}
  *[Symbol.iterator]() {}
  'quoted name'() {}
  static { this.ready = true; }
}

const Anonymous = class {
  run() {}
};

// What can be drawn.
const shapes = {
  // A circle.
  circle(r) {},
  square: function (a) {},
  line: (a) => a,
  nested: { deep() {} },
  size: 3,
};

Chart.prototype.redraw = function redraw() {};
Chart.create = function (el) { return new Chart(el); };
Legacy.prototype = {
  old: function () {},
};

(function () {
  function wrapped() {}
})();

if (process.env.DEBUG) {
  function inspect() {}
}

describe('charts', () => {
  function notListed() {}
});

module.exports = {
  draw,
  add: add,
  helper() {},
};
module.exports.Chart = Chart;
exports.version = '1.0';
/** Resets all. */
exports.reset = function () {};

const { first, second: renamed } = pair(), [third] = triple();

async function late() {
  const { parse } = await import('./late.js');
  return parse(require('node:fs').readFileSync('x'));
}

// Members of members, and of what is not declared here.
Chart.fx.tick = function () {};
Chart.defaults = {
  legend() {},
};
