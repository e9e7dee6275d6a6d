// A component as an object.
export default {
  name: 'component',
  data() {
    return {};
  },
  computed: {},
};
