--- Orders, and what becomes of them.
-- More about it.
-- @module shop.orders

local json = require("cjson")
local util = require "shop.util"

local M = {}
M.VERSION = "1.0"
M._limits = { items = 100 }

local MAX <const> = 100
local a, b = 1, 2
Global = {}

--- Makes an order.
-- @param number what the customer sees
-- @return the order
function M.new(number, ...)
  local function inner() end
  return setmetatable({ number = number }, M)
end

-- Adds them up.
function M:total(
  depth -- of the tree
)
  return 0
end

local function hidden(x)
  return x
end

function global_function() end

M.late = function(self) return 1 end

local anonymous = function() end

local Class = {
  method = function(self) end,
  value = 1,
  ["quoted"] = function() end,
}

function M.nested.deep.call() end

do
  local function scoped() end
end

if jit then
  function M.fast() end
end

return M
