// Starts the replica set and makes the user that control-plane-api logs in as. Run again, it only sets the password.
const { MONGO_MEMBERS, MONGO_ROOT_PASSWORD, MONGO_LCM_PASSWORD } = process.env;
const members = MONGO_MEMBERS.split(",");
const root = `root:${encodeURIComponent(MONGO_ROOT_PASSWORD)}`;

const first = connect(`mongodb://${root}@${members[0]}/admin?directConnection=true`);
if (!first.hello().setName) {
  first.adminCommand({
    replSetInitiate: { _id: "rs0", members: members.map((host, index) => ({ _id: index, host })) },
  });
  print(`replica set rs0 started with ${MONGO_MEMBERS}`);
}

// Waits for a primary by itself.
const primary = connect(
  `mongodb://${root}@${MONGO_MEMBERS}/admin?replicaSet=rs0&serverSelectionTimeoutMS=60000&w=majority`,
);
const lcm = primary.getSiblingDB("lcm");
const user = { pwd: MONGO_LCM_PASSWORD, roles: [{ role: "readWrite", db: "lcm" }] };
if (lcm.getUser("lcm")) lcm.updateUser("lcm", user);
else lcm.createUser({ user: "lcm", ...user });
print("user lcm may read and write the database lcm");
