pub fn upgrade(db: &mut Context<'_>) -> Result<()> {}
