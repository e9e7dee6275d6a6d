-- What an API answers, as a table that a module returns.
return {
  ["/wolves"] = {
    schema = wolves,
    methods = {
      -- Lists them.
      GET = function(self)
      end,
    },
  },
  {
    POST = function(self) end,
  },
}
